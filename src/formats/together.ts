import type { Agent } from '../domain/agent.ts';
import type { MoaConfig } from '../domain/moa-config.ts';
import type { ReferencesTemplate } from '../domain/references.ts';
import type { Findings } from './findings.ts';
import { type ForeignOptions, mappedModel, type SystemFormat } from './format.ts';
import { shellWords } from './shell-words.ts';

/** What stands before the references in Together's program, in mixtune's own words; `references` in --texts gives the original. */
const ownReferences =
  'Several models have answered the question. Write one answer that is better than each of theirs: take over what is right, correct what is wrong, and do not trust any of them blindly.\n\nTheir answers, by number:';

/** How the aggregator is always called: the command line's settings reach only the reference models. */
const aggregatorTemperature = 0.7;
const aggregatorTokens = 2048;

const optionNames = [
  'model',
  'reference_models',
  'rounds',
  'temperature',
  'max_tokens',
  'output_path',
  'num_proc',
  'provider',
  'reference_paths',
];
/** What says where and how fast, and not what is asked. */
const withoutEffect = new Set(['output_path', 'num_proc']);

/** A pasted command line of Together's MoA scripts (`generate_for_alpaca_eval.py`, `generate_for_flask.py`). */
export const together: SystemFormat = {
  name: 'together',
  detects: ({ text }) => /(^|\s)--reference[-_]models\b/.test(text) && !/^\s*[{[]/.test(text),
  texts: ['references'],
  isPlainText: true,
  read: ({ text }, findings, options) => readTogether(text, findings, options),
};

function readTogether(text: string, findings: Findings, options: ForeignOptions): MoaConfig | undefined {
  const given = optionsIn(text, findings);
  const model = given.get('model');
  if (model === undefined) findings.fault([], 'no --model', 'a command line with --model, the aggregator');
  const models = (given.get('reference_models') ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  if (models.length === 0)
    findings.fault([], 'no --reference-models', 'the reference models, parted by commas');
  const provider = given.get('provider') ?? 'together';
  if (provider !== 'together' && provider !== 'openai')
    findings.fault(['--provider'], provider, 'together or openai');
  if (given.has('reference_paths'))
    findings.loss(['--reference-paths'], 'answers from files', 'answers of the reference models');
  const rounds = numberOf(given, 'rounds', [1, 16], 1, findings);
  const temperature = numberOf(given, 'temperature', [0, 2], 0.7, findings);
  const maxTokens = numberOf(given, 'max_tokens', [1, Number.MAX_SAFE_INTEGER], 2048, findings);
  if (model === undefined || findings.hasFaults) return undefined;
  if (options.texts?.references === undefined) {
    const whose = 'the text before the references is in the program: mixtune’s own stands in its place';
    findings.note([], `${whose} (--texts with references gives the original)`);
  }
  const references: ReferencesTemplate = {
    place: 'system',
    introduction: `${options.texts?.references ?? ownReferences}\n{{answers}}`,
    item: '{{number}}. {{answer}}',
    joiner: '\n',
    answers: 'trimmed',
  };
  const agentOf = (name: string, of: string, settings: Pick<Agent, 'temperature' | 'maxTokens'>): Agent => ({
    name,
    model: mappedModel(options, of) ?? `${provider}/${of}`,
    prompt: '',
    ...settings,
    references,
  });
  // What is as good as zero is sent as zero.
  const sent = temperature > 1e-4 ? temperature : 0;
  return {
    version: 1,
    name: 'together',
    stages: [
      {
        kind: 'propose',
        agents: models.map((of, index) =>
          agentOf(`reference ${index + 1}`, of, { temperature: sent, maxTokens }),
        ),
        ...(rounds === 1 ? {} : { rounds }),
      },
      {
        kind: 'fuse',
        agent: agentOf('aggregator', model, {
          temperature: aggregatorTemperature,
          maxTokens: aggregatorTokens,
        }),
      },
    ],
  };
}

/** Options by their names, dashes and underscores alike. */
function optionsIn(text: string, findings: Findings): Map<string, string> {
  const words = shellWords(text);
  const script = words.find((word) => /\.py$/.test(word)) ?? 'generate_for_alpaca_eval.py';
  if (!/generate_for_(alpaca_eval|flask)\.py$/.test(script)) {
    const expected =
      'generate_for_alpaca_eval.py or generate_for_flask.py: others choose temperatures by the question';
    findings.loss([], script, expected);
  }
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const match = /^--([A-Za-z][\w-]*)(?:=([\s\S]*))?$/.exec(words[at] ?? '');
    if (match === null) continue;
    const [, name = '', value] = match;
    const key = name.replaceAll('-', '_');
    if (!optionNames.includes(key)) findings.note([`--${name}`], 'not known; not read');
    if (given.has(key)) findings.fault([`--${name}`], 'the option twice', 'each option once');
    given.set(key, value ?? words[++at] ?? '');
    if (withoutEffect.has(key)) given.delete(key);
  }
  return given;
}

function numberOf(
  given: ReadonlyMap<string, string>,
  key: string,
  [least, most]: readonly [number, number],
  initial: number,
  findings: Findings,
): number {
  const text = given.get(key);
  if (text === undefined) return initial;
  const value = text.trim() === '' ? Number.NaN : Number(text);
  const isWhole = key === 'temperature' || Number.isInteger(value);
  if (isWhole && value >= least && value <= most) return value;
  const end = most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`;
  findings.fault([`--${key.replaceAll('_', '-')}`], JSON.stringify(text), `a number ${end}`);
  return initial;
}
