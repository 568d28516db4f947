// Waits for prices and orders.
import assert from "node:assert/strict";
import { test } from "node:test";

import { FeedDown, NotSubscribed, TickcacheError, TimeoutError } from "tickcache";

import { Market, eventually, threads } from "./market.mjs";


test("a wait outlasts the start of the daemon, and the event loop goes on", async (t) => {
  const own = new Market(t);
  const waiting = own.cache().waitForPrice("btcusdt");
  let turns = 0;
  const timer = setInterval(() => ++turns, 1);
  own.daemon(await own.sim("--rate", "500", "--symbols", "3"));
  assert.match(await waiting, /^\d+\.\d+$/);
  clearInterval(timer);
  assert.ok(turns > 0);
});

test("a timeout says why", async (t) => {
  const own = new Market(t);
  const cache = own.cache();
  await assert.rejects(cache.waitForPrice("BTCUSDT", { timeout: 10 }), (error) => {
    assert.ok(error instanceof TimeoutError);
    assert.match(error.message, /^timeout after 10 ms: no price of BTCUSDT yet.*start/);
    return true;
  });
  await assert.rejects(cache.waitForOrder("x", { status: "filled", timeout: 10 }), /order x was never seen.*start tickcached/);
  own.daemon(await own.sim("--rate", "1", "--count", "1", "--symbols", "2"), "--rest=false");
  await eventually(() => cache.status().feed === "live" && cache.prices().size === 1);
  const [seen] = cache.prices().keys();
  const unseen = seen === "BTCUSDT" ? "ETHUSDT" : "BTCUSDT";
  await assert.rejects(cache.waitForPrice(unseen, { timeout: 10 }), new RegExp(`no price of ${unseen} yet; the feed is live`));
  await assert.rejects(cache.waitForPrice(seen, { timeout: 10, maxAge: 0 }), /too_old/);
  assert.equal(await cache.waitForPrice(seen, { timeout: 10, maxAge: 0, live: false }), cache.price(seen));
  await assert.rejects(cache.waitForPrice(seen, { timeout: NaN }), RangeError);
});

test("what will never come is not waited for", async (t) => {
  const own = new Market(t);
  const cache = own.cache();
  const sim = await own.sim("--rate", "500", "--symbols", "3");
  const daemon = own.daemon(sim, "--symbols", "ETHUSDT", "--orders=false");
  await eventually(() => cache.status().feed === "live");
  await assert.rejects(cache.waitForPrice("BTCUSDT"), (error) => {
    assert.ok(error instanceof NotSubscribed);
    assert.match(error.message, /option "symbols" \(symbols = …,BTCUSDT\)/);
    return true;
  });
  await assert.rejects(cache.waitForOrder("x"), /option "orders" \(orders = true\)/);
  await daemon.end();
  const refused = own.daemon(await own.sim("--key", "ak_other"));
  const waiting = assert.rejects(cache.waitForPrice("ETHUSDT", { maxAge: 0 }), (error) => {
    assert.ok(error instanceof FeedDown);
    assert.match(error.message, /rejected the API key/);
    return true;
  });
  assert.equal(await refused.wait(), 77);
  await waiting;
});

test("a signal ends a wait with its reason, and its thread", async (t) => {
  const cache = new Market(t).cache();
  const before = threads();
  const reason = new Error("enough");
  const controller = new AbortController();
  const waits = Array.from({ length: 8 }, () =>
    assert.rejects(cache.waitForPrice("BTCUSDT", { signal: controller.signal }), (error) => error === reason),
  );
  await eventually(() => threads() >= before + 8, "the threads");
  controller.abort(reason);
  await Promise.all(waits);
  await eventually(() => threads() <= before, "the end of the threads");
  await assert.rejects(cache.waitForPrice("BTCUSDT", { signal: AbortSignal.abort() }), { name: "AbortError" });
  await assert.rejects(cache.waitForOrder("x", { signal: AbortSignal.timeout(5) }), { name: "TimeoutError" });
});

test("close() ends waits", async (t) => {
  const cache = new Market(t).cache();
  const waiting = assert.rejects(cache.waitForPrice("BTCUSDT"), (error) => error instanceof TickcacheError && /closed/.test(error.message));
  cache.close();
  await waiting;
});

test("an order is waited for", async (t) => {
  const own = new Market(t);
  own.daemon(await own.sim("--rate", "100", "--orders-per-second", "100"));
  const cache = own.cache();
  const pending = await eventually(
    () => cache.status().feed === "live" && cache.orders().reverse().find((order) => order.status === "pending"),
  );
  const ended = await cache.waitForOrder(pending.orderId, { timeout: 60_000 });
  assert.equal(ended.orderId, pending.orderId);
  assert.ok(["filled", "cancelled"].includes(ended.status) && ended.position > pending.position);
  // What has come already is found at once, by one status or by several.
  assert.equal((await cache.waitForOrder(pending.orderId, { status: "pending", timeout: 1000 })).status, "pending");
  assert.ok(await cache.waitForOrder(pending.orderId, { status: ["filled", "cancelled"], timeout: 1000 }));
});
