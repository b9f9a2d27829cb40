import { createInterface } from 'node:readline';
import { abortAfter } from '../../core/clock.ts';
import { defined } from '../../core/defined.ts';
import { elementAt } from '../../core/element-at.ts';
import { exitCodes } from '../../core/errors.ts';
import { createRng } from '../../core/rng.ts';
import { wordConversation } from '../../domain/task-wording.ts';
import { runMoa } from '../../moa/engine.ts';
import type { MoaEvent } from '../../moa/types.ts';
import type { ChatMessage, ChatModel } from '../../models/chat-model.ts';
import { formatCost, formatCounted } from '../../report/format.ts';
import { callersPolicy, openDesk, whyNoAnswer } from '../../run/calls/open-desk.ts';
import { boundsOfText, type RequestBounds, textOfBounds } from '../../serve/bounds.ts';
import { choose, type Front, memberModel, modelNames } from '../../serve/catalogue.ts';
import { hastened } from '../../sim/server.ts';
import { defineCommand } from '../command.ts';
import { argument, type OptionsOf, on, textOr, value, valueOr } from '../command-line.ts';
import type { CliContext } from '../context.ts';
import { modelFlags, rawFlags, runsFlags, trustFlags } from '../flags.ts';
import { listenForInterrupt } from '../interrupt.ts';
import { parseFactor, parseSeed, parseUsd } from '../option-values.ts';
import { ShownAnswer, traceLine, traceSummary } from '../trace-lines.ts';
import { refuseUnpriced } from '../wiring/models/dollars.ts';
import { openServed } from '../wiring/serve/served.ts';

const flags = {
  model: textOr('<name>', 'what answers: best, knee, fastest, cheapest, front, or an id', 'best'),
  trace: on('show stages and calls'),
  maxUsd: value('<x>', 'US dollars that the conversation may cost', parseUsd),
  seed: value('<n>', "seed of simulated models (default: the run's, else 1)", parseSeed),
  speed: valueOr('<factor>', 'simulated seconds per real second', parseFactor, 1),
  ...rawFlags,
  ...modelFlags,
  ...trustFlags,
  ...runsFlags,
};
type ChatOptions = OptionsOf<typeof flags>;

export default defineCommand({
  description:
    'A conversation with a config or a run in the terminal: answers stream, stages are visible, costs are counted. /help lists what can be said to mixtune itself.',
  arguments: [argument('config|run|lock', 'a run, a point of it (my-run:knee), a lock or a config file')],
  flags,
  examples: ['mixtune chat my-run', 'mixtune chat my-run --model front --trace'],
  run: async ([source], options, context) => {
    const clock = hastened(context.clock, options.speed);
    const served = await openServed(context, [source], options, clock);
    using interrupt = listenForInterrupt(context);
    const { signal } = interrupt;
    try {
      const { front, models, simulated } = served;
      const card = (name: string) => front.members[0]?.source.card(name);
      refuseUnpriced(options.maxUsd, models, card);
      const model = openDesk({
        ...{ model: elementAt(front.members, 0).source.model, clock: context.clock, card, signal },
        ...{ rng: createRng('chat'), retry: callersPolicy, onNotice: context.notice },
        budget: defined({ maxUsd: options.maxUsd }),
      });
      for (const note of served.notes) context.stderr.paragraph(note);
      if (Object.values(served.prompts).some((prompt) => prompt !== null))
        context.stderr.line(
          "The task's prompt stands around the first question of a conversation (/bound raw: without).",
        );
      if (simulated) context.stderr.line('The models are simulated, and so are their answers.');
      const conversation = new Conversation(context, { front, model, signal, options });
      await conversation.run();
      return signal.aborted ? exitCodes.interrupted : exitCodes.done;
    } finally {
      await served.close();
    }
  },
});

interface Parts {
  readonly front: Front;
  readonly model: ChatModel;
  readonly signal: AbortSignal;
  readonly options: ChatOptions;
}

const help = `/config            which configs there are; /config NAME takes one
/bound             what an answer may take: /bound max-latency=2s;max-usd=0.002; /bound none
/trace             stages and calls: shown or not
/new               a new conversation
/cost              what it has cost so far
/quit              the end (also Ctrl-D)`;

/** Several turns with one front, and what is said to mixtune itself between them. */
class Conversation {
  readonly #context: CliContext;
  readonly #parts: Parts;
  #turns: ChatMessage[] = [];
  #name: string;
  #bounds: RequestBounds = {};
  #trace: boolean;
  #asked = 0;
  #calls = 0;
  #usd: number | null = 0;

  constructor(context: CliContext, parts: Parts) {
    this.#context = context;
    this.#parts = parts;
    this.#name = parts.options.model;
    this.#trace = parts.options.trace === true;
  }

  async run(): Promise<void> {
    const { stdin, stderr } = this.#context;
    const terminal = stdin.isTTY === true;
    const lines = createInterface({
      input: stdin,
      terminal,
      ...(terminal ? { output: stderr.raw } : {}),
      prompt: '> ',
    });
    this.#parts.signal.addEventListener('abort', () => lines.close(), { once: true });
    lines.on('SIGINT', () => lines.close());
    this.#say(`Talking to ${this.#name}; /help says what else can be said.`);
    if (terminal) lines.prompt();
    for await (const line of lines) {
      const text = line.trim();
      if (text === '/quit') break;
      if (text.startsWith('/')) this.#command(text);
      else if (text !== '') await this.#ask(text);
      if (this.#parts.signal.aborted) break;
      if (terminal) lines.prompt();
    }
    lines.close();
    this.#tellCost();
  }

  #say(text: string): void {
    this.#context.stderr.paragraph(text);
  }

  #command(line: string): void {
    const [name = '', ...rest] = line.slice(1).split(' ');
    const given = rest.join(' ').trim();
    const commands: Readonly<Record<string, () => void>> = {
      help: () => this.#say(help),
      config: () => this.#config(given),
      bound: () => this.#bound(given),
      trace: () => {
        this.#trace = !this.#trace;
        this.#say(this.#trace ? 'Stages and calls are shown.' : 'Stages and calls are not shown.');
      },
      new: () => {
        this.#turns = [];
        this.#say('A new conversation.');
      },
      cost: () => this.#tellCost(),
    };
    const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
    if (command === undefined) this.#say(`Expected one of:\n${help}`);
    else command();
  }

  #config(name: string): void {
    if (name === '') {
      this.#say(`Talking to ${this.#name}; there are ${modelNames(this.#parts.front).join(', ')}.`);
      return;
    }
    const choice = this.#choose(name);
    if (!choice.ok) {
      this.#say(choice.error.message);
      return;
    }
    this.#name = name;
    this.#say(`Talking to ${name}: ${memberModel(choice.value.fitting[0].id)}.`);
  }

  /** What is to be talked to by a name, within the bounds. */
  #choose(name: string): ReturnType<typeof choose> {
    const { front } = this.#parts;
    const relaxed = `/bound ${textOfBounds({ ...this.#bounds, relax: true })}`;
    const others = name === 'front' ? '' : '/config front lets the bounds choose among all configs; ';
    const waysOut = `${others}${relaxed} takes it all the same; /bound none has no bounds.`;
    return choose(front, name, this.#bounds, waysOut);
  }

  #bound(text: string): void {
    const bounds = boundsOfText(text === 'none' ? '' : text, '/bound');
    if (!bounds.ok) this.#say(bounds.error.message);
    else {
      if (text !== '') this.#bounds = bounds.value;
      this.#say(`Bounds: ${textOfBounds(this.#bounds) || 'none'}`);
    }
  }

  async #ask(question: string): Promise<void> {
    const { model, signal } = this.#parts;
    const { stdout, clock } = this.#context;
    const choice = this.#choose(this.#name);
    if (!choice.ok) {
      this.#say(choice.error.message);
      return;
    }
    const [member] = choice.value.fitting;
    if (choice.value.relaxed)
      this.#say(`Nothing fits the bounds; ${memberModel(member.id)} is taken all the same.`);
    const { config, source } = member;
    const { deadline: seconds } = this.#bounds;
    const deadline = seconds === undefined ? undefined : abortAfter(clock, seconds * 1000);
    const shown = new ShownAnswer(this.#context, 'what stands above is not the answer; it follows:');
    const onEvent = (event: MoaEvent): void => {
      shown.take(event);
      if (this.#trace) traceLine(this.#context, event, shown);
    };
    const said = { question, earlier: this.#turns };
    const worded = this.#bounds.raw === true ? said : wordConversation(source.prompt, said);
    const outcome = await runMoa(
      config,
      { text: worded.question, earlier: worded.earlier, ...defined({ task: source.task }) },
      {
        ...{ model, extractAnswer: source.extractAnswer, signal, onEvent },
        ...defined({ deadline: deadline?.signal }),
        repeat: this.#asked++,
      },
    );
    deadline?.cancel();
    shown.finish(outcome.kind === 'answered' ? outcome.answer : '');
    if (outcome.kind === 'answered') {
      this.#turns.push({ role: 'user', content: question }, { role: 'assistant', content: outcome.answer });
    } else this.#say(`No answer: ${whyNoAnswer(outcome)}`);
    stdout.write('\n');
    const { trace } = outcome;
    this.#calls += trace.calls.length;
    this.#usd = this.#usd === null || trace.usd === null ? null : this.#usd + trace.usd;
    traceSummary(this.#context, trace, source.simulated);
  }

  #tellCost(): void {
    this.#say(
      `${formatCounted(this.#asked, 'question')}, ${formatCounted(this.#calls, 'call')}, ${formatCost(this.#usd)} in all.`,
    );
  }
}
