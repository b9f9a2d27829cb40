/* What may stand on a command's line, and what the command gets of it. How lines are read: command.ts. */

/**
 * An option of a command. Its name on the line follows from its name in the table (`maxCalls`: `--max-calls`);
 * `Value` is what the command gets, always where `Always`, else only where the option was given.
 */
export interface Flag<Value, Always extends boolean = boolean> {
  readonly help: string;
  /** As the value is shown in the help, `<n>`; absent for a switch. */
  readonly placeholder?: string;
  /** @param before what an earlier occurrence of the option came to. */
  parse?(text: string, before?: Value): Value;
  readonly choices?: readonly string[];
  /** Several values: parted by commas, or one at each occurrence; a job file may list them. */
  readonly many?: 'commas' | 'occurrences';
  readonly initial?: Value;
  readonly required?: boolean;
  /** Help of `--no-…`; `only`: there is no other form, and the value is `true` without it. */
  readonly negated?: { readonly help: string; readonly only: boolean };
  /** Never set: it carries the type. */
  readonly always?: Always;
}

export type Flags = Readonly<Record<string, Flag<unknown>>>;

type ValueOf<F> = F extends Flag<infer Value> ? Value : never;
type AlwaysIn<F extends Flags> = {
  [K in keyof F]: F[K] extends Flag<unknown, infer Always> ? (Always extends true ? K : never) : never;
}[keyof F];

/** What a command with these flags gets. */
export type OptionsOf<F extends Flags> = {
  readonly [K in AlwaysIn<F>]: ValueOf<F[K]>;
} & {
  readonly [K in Exclude<keyof F, AlwaysIn<F>>]?: ValueOf<F[K]>;
};

/** Values of some of these flags, as a file gives them. */
export type SomeOf<F extends Flags> = { readonly [K in keyof F]?: ValueOf<F[K]> };

/** What a command with these flags gets when none is given. */
export function defaultsOf<F extends Flags>(flags: F): Pick<OptionsOf<F>, AlwaysIn<F>> {
  const always = Object.entries<Flag<unknown>>(flags).flatMap(([name, { initial, negated }]) =>
    initial !== undefined ? [[name, initial]] : negated?.only === true ? [[name, true]] : [],
  );
  return Object.fromEntries(always) as Pick<OptionsOf<F>, AlwaysIn<F>>;
}

/** `--json` */
export function on(help: string): Flag<boolean, false> {
  return { help };
}

/** `--no-cache`: true unless given. */
export function off(help: string): Flag<boolean, true> {
  return { help, negated: { help, only: true } };
}

/** `--reflection`, `--no-reflection`: absent where neither was given. */
export function onOrOff(help: string, negatedHelp: string): Flag<boolean, false> {
  return { help, negated: { help: negatedHelp, only: false } };
}

/** `--out <file>` */
export function text(placeholder: string, help: string): Flag<string, false> {
  return { placeholder, help };
}

export function textOr(placeholder: string, help: string, initial: string): Flag<string, true> {
  return { placeholder, help, initial };
}

export function requiredText(placeholder: string, help: string): Flag<string, true> {
  return { placeholder, help, required: true };
}

/** @param parse throws commander's InvalidArgumentError, saying what is expected. */
export function value<Value>(
  placeholder: string,
  help: string,
  parse: (text: string, before?: Value) => Value,
): Flag<Value, false> {
  return { placeholder, help, parse };
}

/** `--models a,b` */
export function list<Value>(
  placeholder: string,
  help: string,
  parse: (text: string) => Value,
): Flag<Value, false> {
  return { placeholder, help, parse, many: 'commas' };
}

/** `--limit groq:rpm=30 --limit openai:rpm=60` */
export function repeated<Value>(
  placeholder: string,
  help: string,
  parse: (text: string, before?: Value) => Value,
): Flag<Value, false> {
  return { placeholder, help, parse, many: 'occurrences' };
}

export function valueOr<Value>(
  placeholder: string,
  help: string,
  parse: (text: string) => Value,
  initial: NoInfer<Value>,
): Flag<Value, true> {
  return { placeholder, help, parse, initial };
}

export function requiredValue<Value>(
  placeholder: string,
  help: string,
  parse: (text: string) => Value,
): Flag<Value, true> {
  return { placeholder, help, parse, required: true };
}

export function choice<const Choice extends string>(
  placeholder: string,
  help: string,
  choices: readonly Choice[],
): Flag<Choice, false> {
  return { placeholder, help, choices };
}

export function choiceOr<const Choice extends string>(
  placeholder: string,
  help: string,
  choices: readonly Choice[],
  initial: NoInfer<Choice>,
): Flag<Choice, true> {
  return { placeholder, help, choices, initial };
}

/** What stands on the line without a dash; `Value` is what the command gets. */
export interface Argument<Value> {
  /** `<run>`, `[which]` or `<config...>`, as commander reads it. */
  readonly syntax: string;
  readonly help: string;
  readonly initial?: Value;
}

export function argument(name: string, help: string): Argument<string> {
  return { syntax: `<${name}>`, help };
}

export function optionalArgument(name: string, help: string): Argument<string | undefined> {
  return { syntax: `[${name}]`, help };
}

export function argumentOr(name: string, help: string, initial: string): Argument<string> {
  return { syntax: `[${name}]`, help, initial };
}

/** One or more. */
export function severalArguments(name: string, help: string): Argument<readonly string[]> {
  return { syntax: `<${name}...>`, help };
}

export type Arguments = readonly Argument<unknown>[];
export type ValuesOf<A extends Arguments> = {
  readonly [At in keyof A]: A[At] extends Argument<infer Value> ? Value : never;
};
