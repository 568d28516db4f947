// Reads server-sent events as a browser's EventSource does, by fetch: comes back with the last id,
// and loses and repeats nothing.
import { base, events, expect } from './expect.mjs';

let last = '';
const updates = new Map();

let count = 0;
for (let round = 0; round < 5; ++round) {
  const abort = new AbortController();
  const headers = last ? { 'Last-Event-ID': last } : {};
  const response = await fetch(`${base}/v1/stream`, { headers, signal: abort.signal });
  for await (const { id, name, data: text } of events(response)) {
    if (id) last = id;
    expect(name !== 'gap', `no gap: ${text}`);
    if (name !== 'price' && name !== 'ticker') continue;
    const data = JSON.parse(text);
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
