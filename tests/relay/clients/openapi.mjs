// Every answer of the HTTP interface, and every event, against the document that the relay serves.
import Ajv from 'ajv/dist/2020.js';
import { base, events, expect, key } from './expect.mjs';

const document = await (await fetch(`${base}/openapi.json`)).json();
expect(document.openapi.startsWith('3.1.'), 'it is OpenAPI 3.1');
const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addSchema({ ...document, $id: 'relay' });
const validators = new Map();

function check(pointer, value, what) {
  if (!validators.has(pointer)) validators.set(pointer, ajv.compile({ $ref: `relay#${pointer}` }));
  const validate = validators.get(pointer);
  expect(validate(value), `${what}: ${ajv.errorsText(validate.errors)}: ${JSON.stringify(value)}`);
}

const escape = (part) => part.replaceAll('~', '~0').replaceAll('/', '~1');

// Every reference leads to something.
(function walk(node) {
  if (node === null || typeof node !== 'object') return;
  if (typeof node.$ref === 'string') {
    const found = node.$ref.slice(2).split('/').reduce((at, part) => at?.[part], document);
    expect(found !== undefined, `${node.$ref} is there`);
  }
  Object.values(node).forEach(walk);
})(document);

const answered = new Set();
async function ask(path, target, status, headers = {}) {
  const response = await fetch(base + target, { headers });
  const body = await response.text();
  expect(response.status === status, `${target}: ${status}, not ${response.status}: ${body}`);
  const operation = document.paths[path].get;
  expect(operation.responses[status], `${path} documents ${status}`);
  answered.add(path);
  const type = response.headers.get('content-type').split(';')[0];
  let at = `/paths/${escape(path)}/get/responses/${status}`;
  let described = operation.responses[status];
  if (described.$ref) {
    at = described.$ref.slice(1);
    described = described.$ref.slice(2).split('/').reduce((node, part) => node[part], document);
  }
  expect(described.content?.[type], `${path} ${status} documents ${type}`);
  const value = type === 'application/json' ? JSON.parse(body) : body;
  check(`${at}/content/${escape(type)}/schema`, value, target);
  return value;
}

const own = { 'X-API-Key': key };
const prices = await ask('/v1/prices', '/v1/prices', 200);
expect(prices.length === 620, 'all symbols are there');
await ask('/v1/prices', '/v1/prices?symbols=BTCUSDT,NOPE', 200);
await ask('/v1/prices', '/v1/prices?max_age=x', 400);
await ask('/v1/prices', '/v1/prices?require=live&max_age=0', 503);
await ask('/v1/price/{symbol}', '/v1/price/BTCUSDT', 200);
await ask('/v1/price/{symbol}', '/v1/price/NOPE', 404);
await ask('/v1/price/{symbol}', '/v1/price/NOPE?require=live', 503);
await ask('/v1/price/{symbol}', '/v1/price/A?require=x', 400);
const candles = await ask('/v1/candles/{symbol}/{interval}', '/v1/candles/BTCUSDT/1m', 200);
expect(candles.length > 0, 'there are candles');
await ask('/v1/candles/{symbol}/{interval}', '/v1/candles/BTCUSDT/4h', 404);
await ask('/v1/candles/{symbol}/{interval}', '/v1/candles/BTCUSDT/1m?limit=0', 400);
const orders = await ask('/v1/orders', '/v1/orders', 200, own);
expect(orders.length > 0, 'there are orders');
await ask('/v1/orders', '/v1/orders', 403);
await ask('/v1/portfolio', '/v1/portfolio', 200, own);
await ask('/v1/portfolio', '/v1/portfolio', 403);
await ask('/v1/status', '/v1/status', 200);
await ask('/v1/stream', '/v1/stream?channels=x', 400);
await ask('/openapi.json', '/openapi.json', 200);
await ask('/', '/', 200);
await ask('/healthz', '/healthz', 200);
await ask('/readyz', '/readyz', 200);
await ask('/metrics', '/metrics', 200);
await ask('/ws/v1', '/ws/v1', 426);
await ask('/v1/prices', '/v1/prices', 403, { Origin: 'http://evil.example' });

// Events.
const abort = new AbortController();
const stream = await fetch(
  `${base}/v1/stream?symbols=BTCUSDT&channels=ticker,candles:1m,orders,portfolio`,
  { headers: own, signal: abort.signal });
answered.add('/v1/stream');
const kinds = document.paths['/v1/stream'].get.responses[200].content['text/event-stream']['x-data'];
const missing = new Set(['status', 'price', 'ticker', 'order', 'candle', 'portfolio']);
for await (const { name, data } of events(stream)) {
  if (!data) continue; // only an id
  expect(kinds[name], `the event ${name} is documented`);
  check(kinds[name].$ref.slice(1), JSON.parse(data), name);
  missing.delete(name);
  if (missing.size === 0) break;
}
abort.abort();
const unasked = Object.keys(document.paths).filter((path) => !answered.has(path));
expect(unasked.length === 0, `every path was asked for, not ${unasked}`);
console.log(`${answered.size} paths`);
