import { ChatOpenAI } from '@langchain/openai';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

for (const [testCase, baseURL, apiKey] of JSON.parse(process.argv[2])) await play(testCase, baseURL, apiKey);
process.exit(0);

async function play(testCase, baseURL, apiKey) {
  const name = { unknown: 'bst', bound: 'front;max-usd=0.0000001' }[testCase] ?? 'best';
  const model = new ChatOpenAI({ model: name, apiKey, maxRetries: 0, configuration: { baseURL } });
  try {
    if (testCase === 'stream' || testCase === 'abort') {
      const controller = new AbortController();
      const pieces = [];
      let tokens;
      for await (const chunk of await model.stream('hello?', { signal: controller.signal })) {
        if (chunk.content) pieces.push(chunk.content);
        tokens = chunk.usage_metadata?.total_tokens ?? tokens;
        if (testCase === 'abort' && pieces.length > 0) break;
      }
      say(
        testCase === 'abort' ? { aborted: true } : { text: pieces.join(''), pieces: pieces.length, tokens },
      );
      controller.abort();
    } else {
      const answer = await model.invoke('hello?');
      say({ text: answer.content, tokens: answer.usage_metadata.total_tokens });
    }
  } catch (error) {
    say({ status: error.status, message: error.message });
  }
}
