// What the tools say in each state of the feed. docs/mcp.md shows the same sentences, apart from numbers.
import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { before, test } from "node:test";

import { Market, eventually } from "../market.mjs";
import { connected, text } from "./agents.mjs";

/** By the name of the state, from the table in docs/mcp.md. */
const documented = new Map();

function withoutNumbers(sentence, segment = "tickcache") {
  return sentence.replaceAll(segment, "tickcache").replace(/\d+(\.\d+)?/g, "0");
}

before(() => {
  const page = fs.readFileSync(path.join(process.env.TICKCACHE_SOURCE, "docs/mcp.md"), "utf8");
  for (const [, state, , sentence] of page.matchAll(/^\| ([^|]+) \| (`+) ?(.*?) ?\2 \|$/gm)) {
    documented.set(state, withoutNumbers(sentence));
  }
});

/** Asks until get_prices says what the page says of this state. */
async function says(client, market, state, args = { symbols: ["btc"] }) {
  assert.ok(documented.has(state), `docs/mcp.md has no state "${state}"`);
  let said = "";
  const asDocumented = async () => {
    const result = await client.call("get_prices", args);
    said = text(result);
    return withoutNumbers(said, market.segment) === documented.get(state) && result;
  };
  return eventually(asDocumented, `"${documented.get(state)}"`).catch((error) =>
    assert.fail(`${error.message}, but "${said}"`),
  );
}

/** The other tools do not pass over what get_prices says. */
async function othersSayIt(client, freshness) {
  for (const [name, args] of [
    ["search_symbols", {}],
    ["get_candles", { symbol: "btc", interval: "1m" }],
    ["get_orders", {}],
    ["get_portfolio", {}],
    ["feed_status", {}],
    ["wait_for_price", { symbol: "btc", timeout_s: 0.1 }],
    ["wait_for_order", { order_id: "none", timeout_s: 0.1 }],
  ]) {
    const result = await client.call(name, args);
    assert.match(text(result), /^NOT LIVE: /, name);
    assert.equal(result.structuredContent.freshness, freshness, name);
    assert.equal(typeof result.structuredContent.reason, "string", name);
    if (name.startsWith("wait_for") && !result.isError)
      assert.match(text(result), /\nTIMED OUT after 0\.1 s/);
  }
}

async function opened(t, { sim = [], daemon = [] } = {}) {
  const market = new Market(t);
  market.exchange = await market.sim("--symbols", "5", ...sim);
  market.tickcached = market.daemon(market.exchange, ...daemon);
  market.agent = await connected(t, "SDK 2, protocol of 2026", market);
  return market;
}

const ACCOUNT = {
  sim: ["--orders-per-second", "20", "--portfolio-per-second", "5", "--candle-every", "0.1"],
  daemon: ["--candles", "BTCUSDT:1m"],
};

test("live, then reconnecting, then stopped", async (t) => {
  const market = await opened(t, ACCOUNT);
  const cache = market.cache();
  const there = () =>
    cache.status().feed === "live" &&
    cache.orders().length > 0 &&
    cache.portfolio() &&
    cache.candles("BTCUSDT", "1m").length > 0;
  await eventually(there, "the account");
  const live = await says(market.agent, market, "live");
  assert.deepEqual(
    [live.structuredContent.freshness, live.structuredContent.prices[0].freshness],
    ["live", "live"],
  );

  await market.exchange.end();
  const stale = await says(market.agent, market, "reconnecting");
  const { freshness, reason, prices } = stale.structuredContent;
  assert.deepEqual([freshness, reason, prices[0].reason], ["stale", "reconnecting", "reconnecting"]);
  assert.match(prices[0].price, /^\d+\.\d+$/);
  assert.ok(!stale.isError);
  await othersSayIt(market.agent, "stale");

  await market.tickcached.end();
  const down = await says(market.agent, market, "stopped");
  assert.equal(down.structuredContent.freshness, "down");
  await othersSayIt(market.agent, "down");
});

test("killed", async (t) => {
  const market = await opened(t);
  await says(market.agent, market, "live");
  await market.tickcached.end("SIGKILL");
  const { structuredContent } = await says(market.agent, market, "killed or suspended");
  assert.deepEqual([structuredContent.freshness, structuredContent.reason], ["down", "heartbeat_lost"]);
});

test("silent", async (t) => {
  const market = await opened(t, {
    sim: ["--count", "500"],
    daemon: ["--silence-after", "1", "--rest", "false"],
  });
  const { structuredContent } = await says(market.agent, market, "connected, but silent");
  assert.equal(structuredContent.reason, "silent");
});

test("late", async (t) => {
  const market = await opened(t, { sim: ["--feed-delay", "5"] });
  const { structuredContent } = await says(market.agent, market, "ticks arrive late");
  assert.deepEqual([structuredContent.freshness, structuredContent.reason], ["stale", "lagging"]);
});

test("older than the reader allows", async (t) => {
  const market = await opened(t, { sim: ["--count", "500"], daemon: ["--silence-after", "0"] });
  const args = { symbols: ["btc"], max_age_ms: 1 };
  const { structuredContent } = await says(market.agent, market, "older than `max_age_ms`", args);
  assert.deepEqual([structuredContent.freshness, structuredContent.reason], ["stale", "too_old"]);
});

test("no daemon", async (t) => {
  const market = new Market(t);
  const client = await connected(t, "SDK 2, protocol of 2026", market);
  const { isError, structuredContent } = await says(client, market, "tickcached never started");
  assert.deepEqual(
    [isError, structuredContent.freshness, structuredContent.reason],
    [true, "down", "no_segment"],
  );
  await othersSayIt(client, "down");
  assert.deepEqual((await client.listResources()).resources, []);
});

test("unknown symbol", async (t) => {
  const market = await opened(t);
  await says(market.agent, market, "live");
  const none = await says(market.agent, market, "unknown symbol", { symbols: ["bitcoin"] });
  assert.deepEqual([none.isError, none.structuredContent.reason], [true, "unknown_symbol"]);
  const similar = await says(market.agent, market, "unknown symbol, others are similar", {
    symbols: ["BTC-USDC"],
  });
  assert.deepEqual(similar.structuredContent.prices[0].candidates, ["BTCUSDT"]);
  const mixed = await market.agent.call("get_prices", { symbols: ["btc", "nosuch"] });
  assert.match(text(mixed), /^There is no symbol "nosuch".*\nBTCUSDT: .* \(live, /);
  assert.ok(!mixed.isError);
});

test("wrong key", async (t) => {
  const market = await opened(t, { sim: ["--key", "ak_another_0123456789"] });
  assert.equal(await market.tickcached.wait(), 77);
  const { isError, structuredContent } = await says(market.agent, market, "the exchange rejected the API key");
  assert.deepEqual([isError, structuredContent.reason], [true, "auth_failed"]);
  await othersSayIt(market.agent, "down");
});

test("data that is not subscribed to", async (t) => {
  const market = await opened(t, { daemon: ["--orders", "false", "--portfolio", "false"] });
  await says(market.agent, market, "live");
  for (const [name, args, option] of [
    ["get_orders", {}, "orders = true"],
    ["wait_for_order", { order_id: "none" }, "orders = true"],
    ["get_portfolio", {}, "portfolio = true"],
    ["get_candles", { symbol: "btc", interval: "5m" }, "candles = …,BTCUSDT:5m"],
  ]) {
    const result = await market.agent.call(name, args);
    assert.ok(result.isError && text(result).includes(option), text(result));
    assert.equal(result.structuredContent.reason, "not_subscribed");
  }
});
