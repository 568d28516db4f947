// Compiled only: what programs may write, and what they may not.
import {
  Cache,
  type Candle,
  type Event,
  FeedDown,
  type Freshness,
  NoSegment,
  NotLive,
  type Order,
  type Orders,
  StalePrice,
  type Status,
  type Tick,
  type Ticker,
  TickcacheError,
  version,
} from "tickcache";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function same<A, B>(_: Same<A, B>): void {}

const cache = new Cache({ segment: "tickcache" });
new Cache();
same<string, typeof version>(true);

const price = cache.price("BTCUSDT");
same<typeof price, string | undefined>(true);
same<ReturnType<Cache["priceNumber"]>, number | undefined>(true);
same<ReturnType<Cache["prices"]>, Map<string, string>>(true);
same<ReturnType<Cache["ticker"]>, Ticker | undefined>(true);
same<Ticker["freshness"], Freshness>(true);
same<ReturnType<Cache["orders"]>, Orders>(true);
same<ReturnType<Cache["status"]>, Status>(true);
cache.price("BTCUSDT", { maxAge: 5000, live: false });
// @ts-expect-error: a price is text
const wrong: number | undefined = cache.price("BTCUSDT");
// @ts-expect-error: no such option
cache.price("BTCUSDT", { max_age: 5 });
// @ts-expect-error: a symbol is needed
cache.price();

const orders = cache.orders(5, { maxAge: 1000 });
const first: Order | undefined = orders[0];
const since: string | null = orders.gapSince;
const candles = cache.candles("BTCUSDT", "1m", 10);
const closes: string[] = candles.map((candle: Candle) => candle.close);

for await (const tick of cache.stream("all", { latest: true })) {
  same<typeof tick, Tick>(true);
  // @ts-expect-error: a tick is not judged
  tick.freshness;
}
const stream = cache.stream(["BTCUSDT"], { channels: ["orders", "candles:BTCUSDT:1m", "gaps"], signal: AbortSignal.timeout(1) });
for await (const event of stream) {
  same<typeof event, Event>(true);
  if (event.kind === "order") same<typeof event.orderId, string>(true);
  if (event.kind === "gap") same<typeof event.missed, number>(true);
}
same<typeof stream.missed, number>(true);
// @ts-expect-error: no such channel
cache.stream("all", { channels: ["trades"] });

const waited: string = await cache.waitForPrice("BTCUSDT", { timeout: 1000, maxAge: 5, live: false });
const order: Order = await cache.waitForOrder("id", { status: ["filled"], signal: AbortSignal.timeout(1) });

try {
  cache.price("BTCUSDT");
} catch (error) {
  if (error instanceof NotLive) same<typeof error.price, string | null>(true);
  if (error instanceof StalePrice || error instanceof FeedDown) same<typeof error.freshness, "stale" | "down">(true);
}
const down: FeedDown = new NoSegment("");
const base: TickcacheError = down;
cache.close();

export { base, closes, first, order, since, waited, wrong };
