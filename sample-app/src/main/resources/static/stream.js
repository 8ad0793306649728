/**
 * The server's side of a question. POST api/chat takes {message, mode, temperature, conversation, trace} and answers with
 * server-sent events:
 *   begun  {remembered}        exchanges of the conversation that the model was shown; only of a conversation
 *   runs   {runs: [{text, head}], trees, acceptanceLength, tokensPerSecond, tokens, steps}  after every decoding step
 *   done   {finishReason, acceptanceLength, tokensPerSecond, tokens, steps}
 *   error  {message}
 * A tree, where trace asks for them, is {parents, tokens, accepted, bonus}: every node's parent (-1 for the root) and text, the
 * nodes that were kept, the root first, and the base model's own token behind them.
 */

/** Something to show to the reader: a short title and a sentence. */
export class Problem extends Error {
  constructor(title, detail) {
    super(detail);
    this.title = title;
  }
}

async function problemOf(response) {
  const told = await response.json().catch(() => ({}));
  if (response.status === 503) {
    return new Problem('The queue is full.', told.detail ?? 'Other answers are still being written; try again shortly.');
  }
  return new Problem(`${told.title ?? 'The server refused the question'}.`, told.detail ?? `Status ${response.status}.`);
}

async function* eventsOf(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = '';
  let name = '';
  let data = [];
  for (;;) {
    const { value, done } = await reader.read();
    buffer += value ?? '';
    const lines = buffer.split(/\r\n|\n|\r(?!$)/);
    buffer = done ? '' : lines.pop();
    for (const line of lines) {
      if (line === '') {
        if (data.length > 0) {
          yield { name: name || 'message', data: JSON.parse(data.join('\n')) };
        }
        name = '';
        data = [];
      } else {
        const [, field, content] = /^([^:]*):? ?(.*)$/s.exec(line);
        if (field === 'event') {
          name = content;
        } else if (field === 'data') {
          data.push(content);
        }
      }
    }
    if (done) {
      return;
    }
  }
}

/** The events of an answer, the last one being done; whatever goes wrong is thrown. */
export async function* answerTo(question, signal) {
  const response = await fetch('api/chat', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Accept: 'text/event-stream, application/problem+json' },
    body: JSON.stringify(question),
    signal,
  });
  if (!response.ok || !response.body) {
    throw await problemOf(response);
  }
  for await (const event of eventsOf(response.body)) {
    if (event.name === 'error') {
      throw new Problem('The answer failed.', event.data.message);
    }
    yield event;
    if (event.name === 'done') {
      return;
    }
  }
  throw new Problem('The answer broke off.', 'The server closed the connection before the answer was complete.');
}
