// A chat endpoint that streams one fixed answer at once. Prints its port; ends with its parent.
import { createServer } from 'node:http';

const chunk = (delta, finish) =>
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 0, model: 'm', choices: [{ index: 0, delta, finish_reason: finish }] })}\n\n`;
const body =
  chunk({ role: 'assistant', content: '' }, null) +
  ['yes, ', 'that ', 'is ', 'so'].map((content) => chunk({ content }, null)).join('') +
  chunk({}, 'stop') +
  `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 0, model: 'm', choices: [], usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 } })}\n\n` +
  'data: [DONE]\n\n';

createServer((request, response) => {
  request.resume();
  request.on('end', () => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(body);
  });
}).listen(0, '127.0.0.1', function () {
  process.stdout.write(`${this.address().port}\n`);
});
process.stdin.on('end', () => process.exit(0)).resume();
