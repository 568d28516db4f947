// What the programs here have in common: `node PROGRAM.mjs PORT API_KEY`. They end with 0 if
// everything came as it should, and say on standard output what did.
import process from 'node:process';

export const port = process.argv[2];
export const key = process.argv[3] ?? '';
export const base = `http://127.0.0.1:${port}`;
export const socket = `ws://127.0.0.1:${port}/ws/v1`;

export function expect(holds, what) {
  if (holds) return;
  console.error(`not so: ${what}`);
  process.exit(1);
}

/** The events of an answer to /v1/stream: {id, name, data}, with an id if it has one. */
export async function* events(response) {
  expect(response.headers.get('content-type') === 'text/event-stream', 'it is an event stream');
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = { id: '', name: 'message', data: '' };
      for (const line of text.slice(0, end).split('\n')) {
        const [, field, value] = /^(\w*): ?(.*)$/.exec(line) ?? [null, '', ''];
        if (field === 'id') event.id = value;
        if (field === 'event') event.name = value;
        if (field === 'data') event.data += value;
      }
      yield event;
    }
  }
}

// A program whose messages do not come must end too.
setTimeout(() => expect(false, 'everything came within 30 s'), 30_000).unref();
