// A client as the specification has it: joined names, flat data, {"type":"pong"}.
import WebSocket from 'ws';
import { expect, key, socket } from './expect.mjs';

const ws = new WebSocket(`${socket}?api_key=${key}`);
const channels = ['ticker:BTCUSDT', 'ticker:all', 'candles:BTCUSDT:1m', 'orders', 'portfolio'];
const acknowledged = [];
const seen = new Set();
ws.on('open', () => {
  for (const channel of channels) ws.send(JSON.stringify({ action: 'subscribe', channel }));
  ws.send(JSON.stringify({ type: 'pong' }));
});
ws.on('message', (data) => {
  const message = JSON.parse(data);
  if (message.type === 'subscribed') return acknowledged.push(message.channel);
  expect(message.type !== 'error', `no error comes: ${data}`);
  if (message.type === 'ticker') expect(typeof message.price === 'string', `flat: ${data}`);
  if (message.type === 'candle') expect(message.open_time && message.close, `flat: ${data}`);
  if (message.type === 'order') expect(message.order_id && message.status, `flat: ${data}`);
  if (message.type === 'portfolio') expect(message.total_equity, `flat: ${data}`);
  seen.add(message.type);
  if (!['ticker', 'candle', 'order', 'portfolio'].every((type) => seen.has(type))) return;
  expect(acknowledged.join() === channels.join(), `acknowledged in their order: ${acknowledged}`);
  ws.close(1000);
});
ws.on('close', (code) => {
  expect(code === 1000, `the close is answered with its code, not ${code}`);
  console.log('everything');
  process.exit(0);
});
