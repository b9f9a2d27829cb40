import { expect, test } from 'vitest';
import { promptPieces } from '../../src/local/runtime/chat-prompt.mjs';
import { ModelWorkerProcess } from '../../src/local/worker-process.ts';

const order = { file: '/nowhere.gguf', contextTokens: 512, sequences: 1, threads: 1 };
const question = {
  messages: [{ role: 'user', content: 'hello' }],
  temperature: 0,
  topP: 1,
  seed: 1,
} as const;

test('a worker without its runtime says so and lives on; killed, it says that', async () => {
  const worker = new ModelWorkerProcess();
  await expect(worker.load({ ...order, runtime: '/nowhere/index.js' })).rejects.toThrow('/nowhere');
  expect(worker.alive).toBe(true);
  // Nothing is loaded: the question fails inside, not the process.
  expect((await worker.ask(question, () => undefined)).type).toBe('failed');
  worker.kill();
  expect(await worker.ended).toContain('SIGKILL');
  expect(await worker.ask(question, () => undefined)).toMatchObject({ type: 'died' });
});

test('a worker killed while it loads fails that load', async () => {
  const worker = new ModelWorkerProcess();
  const loading = worker.load({ ...order, runtime: '/nowhere/index.js' });
  worker.kill();
  await expect(loading).rejects.toThrow('SIGKILL');
});

type Template = NonNullable<Parameters<typeof promptPieces>[1]>;
const tokens = { bos_token: '<s>', eos_token: '</s>' };
const messages = [
  { role: 'system', content: 'be brief' },
  { role: 'user', content: 'say </s>' },
];

interface Turn {
  readonly role: string;
  readonly content: string;
}
const turnsOf = (variables: Record<string, unknown>): Turn[] => variables.messages as Turn[];
const plain: Template = {
  render: (variables) =>
    `${turnsOf(variables)
      .map(({ role, content }) => `<s>${role}: ${content}</s>`)
      .join('')}<s>assistant: `,
};

test('a prompt is the template around the contents, which are never special', () => {
  const pieces = promptPieces(messages, plain, tokens);
  expect(pieces.map(({ text }) => text).join('')).toBe(
    '<s>system: be brief</s><s>user: say </s></s><s>assistant: ',
  );
  expect(pieces.filter(({ special }) => !special).map(({ text }) => text)).toEqual(['be brief', 'say </s>']);
});

test('a template that refuses system messages gets their text in the first user turn', () => {
  const strict: Template = {
    render: (variables) => {
      const roles = turnsOf(variables).map(({ role }) => role);
      if (roles.some((role, at) => role !== ['user', 'assistant'][at % 2]))
        throw new Error('roles must alternate');
      return plain.render(variables);
    },
  };
  const text = promptPieces(messages, strict, tokens).map((piece) => piece.text);
  expect(text.join('')).toBe('<s>user: be brief\n\nsay </s></s><s>assistant: ');
  const broken: Template = {
    render: () => {
      throw new Error('a broken template');
    },
  };
  expect(() => promptPieces([{ role: 'user', content: 'x' }], broken, tokens)).toThrow('broken');
});

test('without a template the turns are written as text', () => {
  const pieces = promptPieces(messages, null, tokens);
  expect(pieces).toEqual([{ text: 'be brief\n\n### User:\nsay </s>\n\n### Assistant:\n', special: false }]);
});
