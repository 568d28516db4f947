// A typed client: what a program in TypeScript makes of the messages.
import WebSocket from 'ws';

interface Ticker {
  channel: 'ticker';
  symbol: string;
  data: { price: string; quantity: string; timestamp: string; is_buyer_maker: boolean };
  freshness: 'live' | 'stale' | 'down' | 'missing';
  reason: string | null;
  age_ms: number;
}
interface Other {
  type: 'subscribed' | 'unsubscribed' | 'error' | 'ping';
}
const isTicker = (message: Ticker | Other): message is Ticker =>
  'data' in message && message.channel === 'ticker';

const ws = new WebSocket(`ws://127.0.0.1:${process.argv[2]}/ws/v1`);
const prices = new Map<string, Ticker>();
ws.on('open', () => ws.send(JSON.stringify({ action: 'subscribe', channel: 'ticker_all' })));
ws.on('message', (data: Buffer) => {
  const message = JSON.parse(data.toString()) as Ticker | Other;
  if (!isTicker(message)) return;
  prices.set(message.symbol, message);
  if (prices.size < 10) return;
  const newest: Ticker | undefined = prices.get(message.symbol);
  console.log(`${newest?.symbol} ${newest?.data.price}`);
  process.exit(0);
});
setTimeout(() => process.exit(1), 30_000);
