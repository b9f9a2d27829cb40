import OpenAI from 'openai';

const say = (value) => process.stdout.write(`${JSON.stringify(value)}\n`);

for (const [testCase, baseURL, apiKey] of JSON.parse(process.argv[2])) await play(testCase, baseURL, apiKey);
process.exit(0);

async function play(testCase, baseURL, apiKey) {
  const client = new OpenAI({ baseURL, apiKey, maxRetries: 0 });
  const model = { unknown: 'bst', bound: 'front;max-usd=0.0000001' }[testCase] ?? 'best';
  const messages = [{ role: 'user', content: 'hello?' }];
  try {
    if (testCase === 'stream' || testCase === 'abort') {
      const controller = new AbortController();
      const stream = await client.chat.completions.create(
        { model, messages, stream: true, stream_options: { include_usage: true } },
        { signal: controller.signal },
      );
      const pieces = [];
      let tokens;
      for await (const chunk of stream) {
        const text = chunk.choices[0]?.delta.content;
        if (text) pieces.push(text);
        tokens = chunk.usage?.total_tokens ?? tokens;
        if (testCase === 'abort' && pieces.length > 0) {
          controller.abort();
          break;
        }
      }
      say(
        testCase === 'abort' ? { aborted: true } : { text: pieces.join(''), pieces: pieces.length, tokens },
      );
    } else {
      const answer = await client.chat.completions.create({ model, messages });
      say({ text: answer.choices[0].message.content, tokens: answer.usage.total_tokens });
    }
  } catch (error) {
    say({ status: error.status, message: error.message });
  }
}
