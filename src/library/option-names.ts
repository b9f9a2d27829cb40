import { jobFlags, runsFlags } from '../cli/flags.ts';
import { InputError } from '../core/errors.ts';

/** What options are called here where they are called otherwise on a command line. */
const ownNames: Readonly<Record<string, string>> = {
  maxTime: 'maxSeconds',
  bound: 'bounds',
  runsDir: 'runsFolder',
};

/** An error that names options as a program has them: `maxUsd`, where a command line has `--max-usd`. */
export function inOptionNames(error: InputError): InputError {
  const issues = error.issues.map((issue) => ({ ...issue, expected: renamed(issue.expected) }));
  return new InputError(renamed(error.source), issues, { cause: error });
}

function renamed(text: string): string {
  return text
    .replace(/mixtune resume \S+(?=\)$)/, 'resume: true')
    .replaceAll(/(?<=^|[\s(])--([a-z]+(?:-[a-z]+)*)/g, (flag: string, words: string) => {
      const name = words.replaceAll(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
      return name in jobFlags || name in runsFlags ? (ownNames[name] ?? name) : flag;
    });
}
