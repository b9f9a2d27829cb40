/**
 * Turns chat messages into the text pieces of a model's own chat template. The contents never pass
 * through the template: markers stand for them, and they are put in afterwards as plain text, so that
 * `<|im_end|>` or the like in a message (which may be another model's output) is read as letters.
 */

/** @typedef {{ role: string, content: string }} Message */
/** A piece of a prompt: `special` pieces are the template's and may hold control tokens.
 * @typedef {{ text: string, special: boolean }} Piece */

/** What begins a turn where a model has no template (a base model), and ends the answer before it. */
export const plainTurn = '\n### ';

/** Private-use characters: no template writes them. */
const marker = (index) => `\uE000${index}\uE001`;
const markers = /\uE000(\d+)\uE001/;

/**
 * @param {Message[]} messages
 * @param {{ render: (variables: Record<string, unknown>) => string } | null} template
 * @param {{ bos_token: string, eos_token: string }} tokens
 * @returns {Piece[]}
 */
export function promptPieces(messages, template, tokens) {
  if (template === null) return plainPieces(messages);
  const render = (list) => {
    const marked = list.map(({ role }, index) => ({ role, content: marker(index) }));
    const text = template.render({ ...tokens, messages: marked, add_generation_prompt: true });
    return piecesOf(text, list);
  };
  try {
    return render(messages);
  } catch (error) {
    // Some templates refuse a system message, or two turns of one role: the same words in turns they take.
    const adapted = alternating(messages);
    if (adapted.length === messages.length) throw error;
    return render(adapted);
  }
}

/** @returns {Piece[]} */
function piecesOf(rendered, messages) {
  // split() with a group gives template text and marker numbers in turn.
  return rendered
    .split(markers)
    .map((part, at) =>
      at % 2 === 0 ? { text: part, special: true } : { text: messages[Number(part)].content, special: false },
    )
    .filter(({ text }) => text !== '');
}

/** System text goes before the first user's; neighbours of one role become one turn.
 * @param {Message[]} messages */
export function alternating(messages) {
  /** @type {Message[]} */
  const turns = [];
  for (const { role, content } of messages) {
    const as = role === 'system' ? 'user' : role;
    const last = turns.at(-1);
    if (last?.role === as) last.content = `${last.content}\n\n${content}`;
    else turns.push({ role: as, content });
  }
  return turns;
}

/** @param {Message[]} messages @returns {Piece[]} */
function plainPieces(messages) {
  const titles = { system: '', user: '### User:\n', assistant: '### Assistant:\n' };
  const text = messages.map(({ role, content }) => `${titles[role]}${content}\n\n`).join('');
  return [{ text: `${text}${titles.assistant}`, special: false }];
}
