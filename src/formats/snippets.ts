import { keysOf } from '../core/records.ts';

/** How a client reaches a config that `mixtune serve` serves. */
export interface SnippetTarget {
  /** @defaultValue `http://127.0.0.1:8400/v1` */
  readonly baseUrl?: string;
  /** A model that the endpoint lists: `best`, `knee`, `fastest`, `cheapest`, `front`, `mixtune/<id>`. */
  readonly model: string;
}

/** Where `mixtune serve` listens unless it is told otherwise. */
export const servedBaseUrl = 'http://127.0.0.1:8400/v1';

/** The variable that holds a key of `mixtune serve`; on loopback none is needed, and clients want some text. */
const keyVariable = 'MIXTUNE_API_KEY';
/** For clients that refuse to ask where the variable is absent, and whose files hold no text in its place. */
const keyComment = `# Set ${keyVariable}: to a key of the server, or any text where it asks for none.`;

type Writer = (baseUrl: string, model: string) => readonly string[];

const quoted = (text: string): string => JSON.stringify(text);
/** For a shell, inside single quotes. */
const shell = (text: string): string => text.replaceAll("'", `'\\''`);

const writers = {
  'openai-node': (baseUrl, model) => [
    "import OpenAI from 'openai';",
    '',
    `const client = new OpenAI({ baseURL: ${quoted(baseUrl)}, apiKey: process.env.${keyVariable} ?? 'none' });`,
    'const completion = await client.chat.completions.create({',
    `  model: ${quoted(model)},`,
    "  messages: [{ role: 'user', content: 'Your question' }],",
    '});',
    'console.log(completion.choices[0].message.content);',
  ],
  'openai-python': (baseUrl, model) => [
    'import os',
    '',
    'from openai import OpenAI',
    '',
    `client = OpenAI(base_url=${quoted(baseUrl)}, api_key=os.environ.get("${keyVariable}", "none"))`,
    'completion = client.chat.completions.create(',
    `    model=${quoted(model)},`,
    '    messages=[{"role": "user", "content": "Your question"}],',
    ')',
    'print(completion.choices[0].message.content)',
  ],
  'ai-sdk': (baseUrl, model) => [
    "import { createOpenAICompatible } from '@ai-sdk/openai-compatible';",
    "import { generateText } from 'ai';",
    '',
    'const mixtune = createOpenAICompatible({',
    "  name: 'mixtune',",
    `  baseURL: ${quoted(baseUrl)},`,
    `  apiKey: process.env.${keyVariable},`,
    '});',
    `const { text } = await generateText({ model: mixtune(${quoted(model)}), prompt: 'Your question' });`,
    'console.log(text);',
  ],
  langchain: (baseUrl, model) => [
    'import os',
    '',
    'from langchain_openai import ChatOpenAI',
    '',
    'model = ChatOpenAI(',
    `    model=${quoted(model)},`,
    `    base_url=${quoted(baseUrl)},`,
    `    api_key=os.environ.get("${keyVariable}", "none"),`,
    ')',
    'print(model.invoke("Your question").content)',
  ],
  'langchain-js': (baseUrl, model) => [
    "import { ChatOpenAI } from '@langchain/openai';",
    '',
    'const model = new ChatOpenAI({',
    `  model: ${quoted(model)},`,
    `  apiKey: process.env.${keyVariable} ?? 'none',`,
    `  configuration: { baseURL: ${quoted(baseUrl)} },`,
    '});',
    "const answer = await model.invoke('Your question');",
    'console.log(answer.content);',
  ],
  curl: (baseUrl, model) => [
    `curl '${shell(baseUrl)}/chat/completions' \\`,
    "  -H 'content-type: application/json' \\",
    `  -H "authorization: Bearer \${${keyVariable}:-none}" \\`,
    `  -d '${shell(JSON.stringify({ model, messages: [{ role: 'user', content: 'Your question' }] }))}'`,
  ],
  llm: (baseUrl, model) => [
    '# In extra-openai-models.yaml, in the folder of `dirname "$(llm logs path)"`.',
    `# Then: llm keys set mixtune (on loopback any text will do); llm -m mixtune 'Your question'`,
    '- model_id: mixtune',
    `  model_name: ${quoted(model)}`,
    `  api_base: ${quoted(baseUrl)}`,
    '  api_key_name: mixtune',
  ],
  'open-webui': (baseUrl, model) => [
    '# Settings, Connections: add an OpenAI API connection, or start the server with these variables.',
    `# Then choose the model ${model} in a chat. A container reaches the machine as host.docker.internal.`,
    '# A shell and docker compose fill in the key; docker run --env-file does not: put it there yourself.',
    'ENABLE_OPENAI_API=true',
    `OPENAI_API_BASE_URL=${baseUrl}`,
    `OPENAI_API_KEY=\${${keyVariable}:-none}`,
  ],
  'dspy-lm': (baseUrl, model) => [
    'import os',
    '',
    'import dspy',
    '',
    'lm = dspy.LM(',
    `    ${quoted(`openai/${model}`)},`,
    `    api_base=${quoted(baseUrl)},`,
    `    api_key=os.environ.get("${keyVariable}", "none"),`,
    '    # Versions before 3 send 0 and 4000 in place of what was tuned.',
    '    temperature=None,',
    '    max_tokens=None,',
    ')',
    "# Modules as dspy.Predict word questions: ;raw behind the model's name leaves the task's prompt out.",
    'dspy.configure(lm=lm)',
  ],
  litellm: (baseUrl, model) => [
    '# For the LiteLLM proxy: litellm --config FILE. The Router takes the same list.',
    keyComment,
    'model_list:',
    '  - model_name: mixtune',
    '    litellm_params:',
    `      model: ${quoted(`openai/${model}`)}`,
    `      api_base: ${quoted(baseUrl)}`,
    `      api_key: os.environ/${keyVariable}`,
  ],
  promptfoo: (baseUrl, model) => [
    '# A provider for promptfooconfig.yaml.',
    keyComment,
    'providers:',
    `  - id: ${quoted(`openai:chat:${model}`)}`,
    '    label: mixtune',
    '    config:',
    `      apiBaseUrl: ${quoted(baseUrl)}`,
    `      apiKeyEnvar: ${keyVariable}`,
    '      # Else promptfoo sends temperature 0 and 1024 tokens at most in place of what was tuned.',
    '      omitDefaults: true',
  ],
} as const satisfies Readonly<Record<string, Writer>>;

/** What a piece of text for a client of a served config can be written for. */
export type SnippetName = keyof typeof writers;
/** Every {@link SnippetName}. */
export const snippetNames = keysOf(writers);

export const isSnippet = (name: string): name is SnippetName => Object.hasOwn(writers, name);

/** What a client of a served config is given: a program, a command, or a piece of its configuration. */
export function writeSnippet(name: SnippetName, { baseUrl = servedBaseUrl, model }: SnippetTarget): string {
  return `${writers[name](baseUrl.replace(/\/+$/, ''), model).join('\n')}\n`;
}
