// A client as the platform's documentation has it, on Node's ws: subscribes, answers pings, comes
// back after a close with a growing delay. Ends when it was closed once and has prices again.
import WebSocket from 'ws';
import { expect, key, socket } from './expect.mjs';

const prices = new Map();
let delay = 50;
let closes = 0;

function connect() {
  const ws = new WebSocket(`${socket}?api_key=${key}`);
  ws.on('open', () => {
    ws.send(JSON.stringify({ action: 'subscribe', channel: 'ticker', symbol: 'BTCUSDT' }));
    ws.send(JSON.stringify({ action: 'subscribe', channel: 'ticker_all' }));
    ws.send(JSON.stringify({ action: 'pong' }));
  });
  ws.on('message', (data, isBinary) => {
    expect(!isBinary, 'messages are text');
    const message = JSON.parse(data);
    expect(message.type !== 'error', `no error comes: ${data}`);
    if (message.type === 'ping') return ws.send(JSON.stringify({ action: 'pong' }));
    if (message.channel !== 'ticker' || !message.data) return;
    const { price, quantity, timestamp, is_buyer_maker } = message.data;
    expect(/^\d+(\.\d+)?$/.test(price) && /^\d+(\.\d+)?$/.test(quantity), `decimals: ${data}`);
    expect(!Number.isNaN(Date.parse(timestamp)), `a time: ${data}`);
    expect(typeof is_buyer_maker === 'boolean', `a side: ${data}`);
    expect(message.freshness === 'live', `only live prices: ${data}`);
    if (prices.size === 0) console.log(closes === 0 ? 'prices' : 'prices again');
    prices.set(message.symbol, price);
    delay = 50;
    if (closes > 0) process.exit(0);
  });
  ws.on('unexpected-response', (request, response) => {
    expect(response.statusCode === 503, `refused with 503, not ${response.statusCode}`);
    expect(response.headers['retry-after'] === '1', 'it says when to try again');
    request.destroy();
    setTimeout(connect, (delay = Math.min(2 * delay, 1000)));
  });
  ws.on('close', (code) => {
    if (prices.size === 0) return;
    expect(code === 1012, `closed with 1012, not ${code}`);
    console.log('closed');
    closes += 1;
    prices.clear();
    setTimeout(connect, (delay = Math.min(2 * delay, 1000)));
  });
  ws.on('error', () => {});
}
connect();
