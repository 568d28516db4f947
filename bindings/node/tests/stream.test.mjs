// Streams: every tick, in order.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";

import { NotSubscribed } from "tickcache";

import { Market, eventually, threads } from "./market.mjs";

const COUNT = 20_000;

/** Checks that the ticks of each symbol follow on each other, and that snapshots count for nothing. */
class Order {
  updates = new Map();
  #shift = new Map();
  total = 0;

  check(tick) {
    const before = this.updates.get(tick.symbol) ?? 0;
    if (tick.snapshot) {
      assert.deepEqual([tick.missed, tick.quantity, tick.updates], [0, null, before]);
      return;
    }
    assert.equal(tick.updates, before + tick.missed + 1);
    // With --checksum the quantity is the number of the symbol's tick, since the exchange began.
    const shift = Number.parseInt(tick.quantity, 10) - tick.updates;
    if (!this.#shift.has(tick.symbol)) this.#shift.set(tick.symbol, shift);
    assert.equal(shift, this.#shift.get(tick.symbol));
    this.updates.set(tick.symbol, tick.updates);
    this.total += 1 + tick.missed;
  }
}

test("every tick comes once and in order, at 10,000 a second", async (t) => {
  const own = new Market(t);
  const order = new Order();
  const stream = own.cache().stream("all");
  const first = stream.next(); // before there is a daemon, so that the first tick is one of its own
  own.daemon(await own.sim("--rate", "10000", "--count", String(COUNT), "--checksum"));
  order.check((await first).value);
  for await (const tick of stream) {
    assert.equal(tick.kind, "tick");
    assert.equal(tick.missed, 0);
    order.check(tick);
    if (order.total === COUNT) break;
  }
  assert.equal(stream.missed, 0);
  assert.equal(order.updates.size, 620);
});

test("some symbols of many", async (t) => {
  const own = new Market(t);
  const order = new Order();
  const stream = own.cache().stream(["btcusdt", "ETHUSDT"]);
  own.daemon(await own.sim("--rate", "5000", "--checksum", "--symbols", "50"));
  for await (const tick of stream) {
    order.check(tick);
    assert.ok(["BTCUSDT", "ETHUSDT"].includes(tick.symbol));
    if (order.updates.size === 2 && Math.min(...order.updates.values()) >= 20) break;
  }
  assert.deepEqual(await stream.next(), { value: undefined, done: true });
});

test("what no tick has brought comes as a snapshot", async (t) => {
  const own = new Market(t);
  const stream = own.cache().stream("all");
  own.daemon(await own.sim("--rate", "500", "--symbols", "5", "--lose-symbol", "BTCUSDT"));
  for await (const tick of stream) {
    if (tick.symbol !== "BTCUSDT") continue;
    assert.deepEqual([tick.snapshot, tick.updates, tick.quantity, tick.overtaken], [true, 0, null, false]);
    break;
  }
});

test("a loop that is too slow is told exactly what it has missed", async (t) => {
  const own = new Market(t);
  const cache = own.cache();
  const stream = cache.stream("all");
  const begun = stream.next();
  own.daemon(
    await own.sim("--rate", "20000", "--count", String(COUNT), "--checksum"),
    ...["--tape", "4096", "--rest=false"],
  );
  const first = (await begun).value;
  await eventually(() => cache.status().ticks === COUNT);
  let [got, told] = [1, first.missed];
  while (got + told < COUNT) {
    const { value } = await stream.next();
    ++got;
    told += value.missed;
  }
  assert.equal(got + told, COUNT);
  assert.equal(stream.missed, told);
  assert.ok(told >= COUNT - 4096 - 512);
});

test("latest gives the newest and counts the others", async (t) => {
  const own = new Market(t);
  const cache = own.cache();
  const stream = cache.stream("all", { latest: true });
  const begun = stream.next();
  own.daemon(await own.sim("--rate", "20000", "--count", String(COUNT), "--symbols", "5"), "--rest=false");
  const updates = new Map();
  const prices = new Map();
  let got = 0;
  for (let { value } = await begun; ; { value } = await stream.next()) {
    ++got;
    updates.set(value.symbol, value.updates);
    prices.set(value.symbol, value.price);
    if (got === 1) await eventually(() => cache.status().ticks === COUNT);
    if ([...updates.values()].reduce((sum, each) => sum + each) === COUNT) break;
  }
  assert.ok(got < COUNT / 2 && stream.missed > COUNT / 2);
  assert.deepEqual(prices, new Map([...prices.keys()].map((symbol) => [symbol, cache.price(symbol, { live: false })])));
});

test("others on the event loop get their turn, also while a loop is slow", async (t) => {
  const own = new Market(t);
  const cache = own.cache();
  const stream = cache.stream("all");
  const begun = stream.next();
  own.daemon(await own.sim("--rate", "20000", "--count", "5000"), "--rest=false");
  await begun;
  await eventually(() => cache.status().ticks === 5000);
  let turns = 0;
  let ended = false;
  const others = (async () => {
    for (; !ended; ++turns) await turn();
  })();
  // What waits is delivered in batches; a loop that takes 3 ms for each tick is interrupted within them.
  for (let i = 0; i < 100; ++i) {
    await stream.next();
    const until = performance.now() + 3;
    while (performance.now() < until);
  }
  ended = true;
  await others;
  assert.ok(turns >= 50, `${turns} turns`);
});

test("orders, candles, the portfolio and the state of the feed come with channels", async (t) => {
  const own = new Market(t);
  const stream = own.cache().stream([], { channels: ["orders", "portfolio", "candles:btcusdt:1m", "status", "gaps"] });
  own.daemon(
    await own.sim("--rate", "500", "--orders-per-second", "50", "--portfolio-per-second", "20", "--candle-every", "0.1"),
    ...["--candles", "BTCUSDT:1m"],
  );
  const seen = new Map();
  for await (const event of stream) {
    seen.set(event.kind === "status" ? `${event.kind} ${event.feed}` : event.kind, event);
    if (["order", "portfolio", "candle", "status down", "status live"].every((kind) => seen.has(kind))) break;
  }
  assert.equal(seen.has("tick"), false);
  assert.match(seen.get("order").orderId, /./);
  assert.match(seen.get("portfolio").totalEquity, /^\d/);
  const { symbol, interval, closed } = seen.get("candle");
  assert.deepEqual([symbol, interval, closed], ["BTCUSDT", "1m", true]);
  assert.deepEqual([seen.get("status live").reason, seen.get("status down").reason], [null, "no_segment"]);
});

test("a daemon that starts anew is followed, and the gap is told", async (t) => {
  const own = new Market(t);
  const sim = await own.sim("--rate", "1000", "--symbols", "3");
  const stream = own.cache().stream("all", { channels: ["gaps"] });
  const daemon = own.daemon(sim);
  assert.ok((await stream.next()).value);
  await daemon.end("SIGKILL");
  own.daemon(sim);
  let gap;
  for await (const event of stream) {
    if (event.kind === "gap") gap = event;
    else if (gap !== undefined && event.kind === "tick") break;
  }
  assert.deepEqual([gap.channel, gap.cause], ["ticker", "restarted"]);
});

test("a symbol that is not subscribed to is an error", async (t) => {
  const own = new Market(t);
  const cache = own.cache();
  // Begun before there is a daemon, which alone can know.
  const early = assert.rejects(async () => {
    for await (const tick of cache.stream(["btcusdt", "NOPE"])) assert.equal(tick.symbol, "BTCUSDT");
  }, NotSubscribed);
  own.daemon(await own.sim("--rate", "1000"), "--symbols", "BTCUSDT,ETHUSDT");
  await early;
  const stream = cache.stream("NOPE");
  await assert.rejects(stream.next(), /does not subscribe to ticker:NOPE.*symbols = …,NOPE/);
  assert.equal((await stream.next()).done, true);
  await assert.rejects(cache.stream([], { channels: ["candles:BTCUSDT:1m"] }).next(), /candles = …,BTCUSDT:1m/);
  for await (const tick of cache.stream("all")) {
    assert.ok(["BTCUSDT", "ETHUSDT"].includes(tick.symbol));
    break;
  }
});

test("a signal ends a stream with its reason; leaving the loop, or close(), without; its thread ends", async (t) => {
  const own = new Market(t);
  const cache = own.cache();
  const before = threads();
  const controller = new AbortController();
  const aborted = assert.rejects(
    (async () => {
      for await (const _ of cache.stream("BTCUSDT", { signal: controller.signal }));
    })(),
    { name: "AbortError" },
  );
  const closed = cache.stream("BTCUSDT");
  const next = closed.next();
  const ofCache = own.cache();
  const last = ofCache.stream("all").next();
  await eventually(() => threads() >= before + 3, "the threads");
  controller.abort();
  closed.close();
  ofCache.close();
  await aborted;
  assert.deepEqual([(await next).done, (await last).done], [true, true]);
  assert.throws(() => cache.stream("all", { signal: controller.signal }), { name: "AbortError" });
  await eventually(() => threads() <= before, "the end of the threads");
});

test("a stream wants symbols or channels that exist", (t) => {
  const cache = new Market(t).cache();
  assert.throws(() => cache.stream(), TypeError);
  assert.throws(() => cache.stream([]), TypeError);
  assert.throws(() => cache.stream([1]), TypeError);
  assert.throws(() => cache.stream(""), RangeError);
  assert.throws(() => cache.stream("all", { channels: ["trades"] }), RangeError);
  assert.throws(() => cache.stream("all", { channels: ["candles:BTCUSDT"] }), RangeError);
});
