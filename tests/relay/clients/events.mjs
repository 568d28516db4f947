// Reads server-sent events as a browser's EventSource does, by fetch: comes back with the last id,
// and loses and repeats nothing.
import { base, expect } from './expect.mjs';

let last = '';
const updates = new Map();

async function* events(signal) {
  const headers = last ? { 'Last-Event-ID': last } : {};
  const response = await fetch(`${base}/v1/stream`, { headers, signal });
  expect(response.headers.get('content-type') === 'text/event-stream', 'it is an event stream');
  let text = '';
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    for (let end; (end = text.indexOf('\n\n')) >= 0; text = text.slice(end + 2)) {
      const event = { name: 'message', data: '' };
      for (const line of text.slice(0, end).split('\n')) {
        const [, field, value] = /^(\w*): ?(.*)$/.exec(line) ?? [null, '', ''];
        if (field === 'id') last = value;
        if (field === 'event') event.name = value;
        if (field === 'data') event.data += value;
      }
      if (event.data) yield { ...event, data: JSON.parse(event.data) };
    }
  }
}

let count = 0;
for (let round = 0; round < 5; ++round) {
  const abort = new AbortController();
  for await (const { name, data } of events(abort.signal)) {
    expect(name !== 'gap', `no gap: ${JSON.stringify(data)}`);
    if (name === 'price') updates.set(data.symbol, data.updates);
    if (name !== 'ticker') continue;
    const before = updates.get(data.symbol);
    expect(before === undefined || data.updates === before + 1,
           `${data.symbol}: ${data.updates} after ${before}`);
    updates.set(data.symbol, data.updates);
    if (++count % 500 === 0) break;
  }
  abort.abort();
}
console.log(`${count} ticks`);
