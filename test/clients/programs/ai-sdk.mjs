import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { generateText, streamText } from 'ai';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

for (const [testCase, baseURL, apiKey] of JSON.parse(process.argv[2])) await play(testCase, baseURL, apiKey);
process.exit(0);

async function play(testCase, baseURL, apiKey) {
  const name = { unknown: 'bst', bound: 'front;max-usd=0.0000001' }[testCase] ?? 'best';
  const mixtune = createOpenAICompatible({ name: 'mixtune', baseURL, apiKey, includeUsage: true });
  const given = { model: mixtune(name), prompt: 'hello?', maxRetries: 0 };
  try {
    if (testCase === 'stream' || testCase === 'abort') {
      const controller = new AbortController();
      const stream = streamText({ ...given, abortSignal: controller.signal });
      const pieces = [];
      for await (const text of stream.textStream) {
        pieces.push(text);
        if (testCase === 'abort') break;
      }
      if (testCase === 'abort') {
        say({ aborted: true });
        controller.abort();
        return;
      }
      say({ text: pieces.join(''), pieces: pieces.length, tokens: (await stream.usage).totalTokens });
    } else {
      const answer = await generateText(given);
      say({ text: answer.text, tokens: answer.usage.totalTokens });
    }
  } catch (error) {
    say({ status: error.statusCode, message: error.message });
  }
}
