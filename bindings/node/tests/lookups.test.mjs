// Lookups: what they return, and what they throw when it cannot be trusted.
import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";

import * as tickcache from "tickcache";

import { Market, eventually } from "./market.mjs";

const { Cache, FeedDown, NoSegment, NotLive, NotSubscribed, StalePrice, TickcacheError } = tickcache;

let busy;
let quiet;
before(async () => {
  busy = await Market.busy();
  quiet = await Market.quiet();
});
after(() => {
  busy?.close();
  quiet?.close();
});

test("every price is the text that the command line prints", async () => {
  const cache = quiet.cache();
  const printed = await quiet.cli("get", ...cache.prices({ live: false }).keys());
  assert.ok(printed.length > 500);
  for (const { symbol, price } of printed) {
    for (const live of [true, false]) assert.equal(cache.price(symbol, { live }), price);
    assert.equal(cache.price(symbol), price);
    assert.equal(cache.price(symbol.toLowerCase()), price);
    assert.equal(cache.priceNumber(symbol), Number(price));
    assert.equal(cache.priceNumber(symbol, { maxAge: 1e9 }), Number(price));
  }
  const prices = cache.prices();
  assert.deepEqual(Object.fromEntries(prices), Object.fromEntries(printed.map((each) => [each.symbol, each.price])));
});

test("a price follows its ticks", async () => {
  const cache = busy.cache();
  const seen = new Set();
  await eventually(() => seen.add(cache.price("BTCUSDT")).size > 3, "another price");
  for (let i = 0; i < 1000; ++i) {
    const before = cache.ticker("ETHUSDT");
    const [price, number] = [cache.price("ETHUSDT"), cache.priceNumber("ETHUSDT")];
    const behind = cache.ticker("ETHUSDT");
    if (before.updates === behind.updates) assert.deepEqual([price, number], [before.price, Number(before.price)]);
  }
});

test("a symbol that was never seen has no price", () => {
  const cache = busy.cache();
  for (const symbol of ["NOSUCHUSDT", "", "ß", "X".repeat(1000)]) {
    assert.equal(cache.price(symbol), undefined);
    assert.equal(cache.priceNumber(symbol), undefined);
    assert.equal(cache.price(symbol, { live: false, maxAge: 1 }), undefined);
    assert.equal(cache.ticker(symbol), undefined);
  }
});

test("a ticker comes with its age and freshness", () => {
  const ticker = busy.cache().ticker("btcusdt");
  assert.equal(ticker.symbol, "BTCUSDT");
  assert.match(ticker.price, /^\d+\.\d+$/);
  assert.match(ticker.quantity, /^\d+\.\d+$/);
  assert.match(ticker.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,9}Z$/);
  assert.deepEqual([ticker.freshness, ticker.reason, ticker.snapshot], ["live", null, false]);
  assert.ok(ticker.ageMs >= 0 && ticker.updates > 0 && ticker.lagMs >= 0);
  assert.equal(busy.cache().ticker("BTCUSDT", { maxAge: 0 }).reason, "too_old");
});

test("orders, candles and the portfolio come with age and freshness", async () => {
  const cache = busy.cache();
  const orders = cache.orders(5);
  assert.equal(orders.length, 5);
  assert.deepEqual([orders.freshness, orders.reason, orders.gapSince], ["live", null, null]);
  assert.ok(orders.ageMs >= 0 && Array.isArray(orders.map((order) => order.orderId)));
  assert.equal(orders[4].position, orders[0].position + 4);
  assert.equal(JSON.parse(orders[4].dataJson).order_id, orders[4].orderId);
  assert.equal(cache.order(orders[4].orderId).orderId, orders[4].orderId);
  assert.equal(cache.order("none"), undefined);

  const candles = cache.candles("btcusdt", "1m", 3);
  assert.deepEqual([candles.length, candles.freshness, candles[0].symbol], [3, "live", "BTCUSDT"]);
  assert.ok(candles[0].closed && candles[0].complete && candles[0].openTime < candles[1].openTime);

  const portfolio = cache.portfolio();
  assert.deepEqual([portfolio.freshness, portfolio.reason, portfolio.origin], ["live", null, "websocket"]);
  assert.equal(cache.portfolio({ maxAge: 0 }).reason, "too_old");

  const status = cache.status();
  assert.equal(status.feed, "live");
  assert.ok(status.channels.some((channel) => channel.name === "candles:BTCUSDT:1m" && channel.messages > 0));
  const [printed] = await busy.cli("status");
  assert.deepEqual([status.version, status.pid], [printed.version, printed.pid]);
});

test("candles that are not subscribed to are an error that names the option", () => {
  assert.throws(() => busy.cache().candles("ETHUSDT", "5m"), (error) => {
    assert.ok(error instanceof NotSubscribed && error instanceof TickcacheError);
    assert.match(error.message, /candles = …,ETHUSDT:5m/);
    return true;
  });
});

test("a price that is too old is stale, with the last price in the error", () => {
  const cache = quiet.cache();
  const last = cache.price("BTCUSDT", { live: false });
  assert.throws(() => cache.price("BTCUSDT", { maxAge: 1 }), (error) => {
    assert.ok(error instanceof StalePrice && error instanceof NotLive && error instanceof Error);
    assert.equal(error.name, "StalePrice");
    assert.deepEqual(
      [error.symbol, error.price, error.freshness, error.reason],
      ["BTCUSDT", last, "stale", "too_old"],
    );
    assert.ok(error.ageMs > 1);
    assert.match(error.message, /maxAge is 1 ms/);
    return true;
  });
  assert.equal(cache.prices({ maxAge: 1 }).size, 0);
});

test("without a daemon there is an error that says what to start", (t) => {
  const cache = new Market(t).cache();
  for (const look of [
    () => cache.price("BTCUSDT"),
    () => cache.priceNumber("BTCUSDT"),
    () => cache.prices(),
    () => cache.ticker("BTCUSDT"),
    () => cache.orders(),
    () => cache.portfolio(),
    () => cache.candles("BTCUSDT", "1m"),
  ]) {
    assert.throws(look, (error) => error instanceof NoSegment && error instanceof FeedDown && /tickcached/.test(error.message));
  }
  assert.equal(cache.price("BTCUSDT", { live: false }), undefined);
  assert.equal(cache.prices({ live: false }).size, 0);
  const status = cache.status();
  assert.deepEqual([status.feed, status.reason, status.pid, status.channels], ["down", "no_segment", null, []]);
});

test("when the daemon ends, prices are down, and live again with the next one", async (t) => {
  const market = new Market(t);
  const sim = await market.sim("--rate", "1000", "--symbols", "5");
  const daemon = market.daemon(sim);
  const cache = market.cache();
  const price = await cache.waitForPrice("BTCUSDT");
  assert.match(price, /^\d/);
  assert.equal(await daemon.end(), 0);
  assert.throws(() => cache.price("BTCUSDT"), (error) => {
    assert.ok(error instanceof FeedDown && !(error instanceof NoSegment));
    assert.equal(error.reason, "stopped");
    assert.equal(error.price, cache.price("BTCUSDT", { live: false }));
    assert.match(error.message, /start it again; the last price/);
    return true;
  });
  assert.throws(() => cache.prices(), FeedDown);
  assert.equal(cache.ticker("BTCUSDT").freshness, "down");
  const next = market.daemon(sim);
  await eventually(() => cache.ticker("BTCUSDT").freshness === "live", "the next daemon");
  assert.match(cache.price("BTCUSDT"), /^\d/);
  await next.end("SIGKILL");
  await eventually(() => cache.status().feed === "down", "its end");
  assert.throws(() => cache.price("BTCUSDT"), { name: "FeedDown", reason: "heartbeat_lost" });
});

test("a file that is no segment is an error at once", (t) => {
  const market = new Market(t);
  fs.writeFileSync(`/dev/shm/${market.segment}`, "nothing", { mode: 0o600 });
  assert.throws(() => new Cache({ segment: market.segment }), NoSegment);
  assert.throws(() => new Cache({ segment: "a/b" }), NoSegment);
});

test("what makes no sense is refused", () => {
  const cache = busy.cache();
  assert.throws(() => cache.price(1), TypeError);
  assert.throws(() => cache.price(), TypeError);
  assert.throws(() => cache.ticker({}), TypeError);
  assert.throws(() => cache.price("BTCUSDT", { maxAge: NaN }), RangeError);
  assert.throws(() => cache.price("BTCUSDT", { maxAge: -1 }), RangeError);
  assert.throws(() => cache.candles("BTCUSDT"), TypeError);
  assert.deepEqual([cache.orders(-1).length, cache.orders(0).length], [0, 0]);
});

test("a cache that was closed says so", () => {
  const cache = busy.cache();
  assert.match(cache.price("BTCUSDT"), /^\d/);
  cache.close();
  cache.close();
  for (const look of [() => cache.price("BTCUSDT"), () => cache.status(), () => cache.stream("all")]) {
    assert.throws(look, /closed/);
  }
});

test("two caches and more symbols than any exchange lists do not disturb each other", () => {
  const [one, other] = [quiet.cache(), quiet.cache()];
  const price = one.price("BTCUSDT");
  for (let i = 0; i < 140_000; ++i) assert.equal(one.price(`S${i}USDT`), undefined);
  assert.equal(one.price("BTCUSDT"), price);
  assert.equal(other.price("BTCUSDT"), price);
  one.close();
  assert.equal(other.price("BTCUSDT"), price);
  assert.equal(other.price("ETHUSDT"), quiet.cache().price("ETHUSDT"));
});

test("the package is the same for import and require", () => {
  const required = createRequire(import.meta.url)("tickcache");
  assert.deepEqual(Object.keys(required).sort(), Object.keys(tickcache).sort());
  for (const name of Object.keys(required)) assert.equal(required[name], tickcache[name]);
});
