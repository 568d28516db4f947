// The official clients, over stdio and HTTP: every tool, resources, subscriptions, progress, cancellation.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { createMCPClient } from "@ai-sdk/mcp";
import { Experimental_StdioMCPTransport as AiStdio } from "@ai-sdk/mcp/mcp-stdio";
import { MultiServerMCPClient } from "@langchain/mcp-adapters";

import { Market, eventually } from "../market.mjs";
import { CLIENTS, HERE, NODE22, PROGRAM, connected, listening, text } from "./agents.mjs";

const LIVE = /^BTCUSDT: \d+\.\d+ \(live, \d+\.\d s old\)$/;

let market;
let http;
before(async () => {
  market = await Market.busy({ orders: 5 });
  http = await listening(market);
});
after(() => market?.close());

/** Of each tool: the arguments, and what the text begins with. */
function calls() {
  const order = market
    .cache()
    .orders(1000)
    .reverse()
    .find(({ status }) => status === "filled").orderId;
  return [
    // First, as tickcached soon forgets an order.
    ["wait_for_order", { order_id: order, timeout_s: 20 }, new RegExp(`^${order}: filled, `)],
    [
      "get_prices",
      { symbols: ["btc", "ETH-USDT"] },
      /^(BTC|ETH)USDT: \d+\.\d+ \(live, .*\n(BTC|ETH)USDT: \d+\.\d+ \(live, /,
    ],
    ["search_symbols", { query: "eth" }, /^Symbols that match "eth" \(\d+\): ETHUSDT/],
    [
      "get_candles",
      { symbol: "btc/usdt", interval: "1m", limit: 2 },
      /^The 1m candles of BTCUSDT are live.*\nCandles \(2, oldest first\):\n2\S+ open \d/,
    ],
    [
      "get_orders",
      { limit: 2 },
      /^Order updates are live; last received .* ago\.\nUpdates \(2, oldest first\):\n\S+: \w+, /,
    ],
    ["get_portfolio", {}, /^The portfolio is live; last received .* ago\.\nequity: \d/],
    [
      "feed_status",
      {},
      /^Prices are live; last received .*\ntickcached \d.*\n620 symbols, .*\nticker:all: acknowledged/,
    ],
    ["wait_for_price", { symbol: "btc", above: 1, timeout_s: 20 }, LIVE],
  ];
}

for (const kind of CLIENTS) {
  for (const way of ["stdio", "HTTP"]) {
    const connect = (t) => connected(t, kind, way === "HTTP" ? http : market);

    test(`${kind}, ${way}: every tool answers with text and data`, async (t) => {
      const client = await connect(t);
      assert.equal(client.era, kind.endsWith("2026") ? "2026-07-28" : "2025-11-25");
      const { tools } = await client.listTools();
      assert.deepEqual(
        tools.map(({ name }) => name).sort(),
        calls()
          .map(([name]) => name)
          .sort(),
      );
      for (const { annotations, outputSchema, description } of tools) {
        assert.deepEqual([annotations.readOnlyHint, annotations.destructiveHint], [true, false]);
        assert.deepEqual(
          outputSchema.required.filter((name) => name !== "met"),
          ["freshness", "reason", "age_ms"],
        );
        assert.ok(description.length > 50);
      }
      for (const [name, args, begins] of calls()) {
        const result = await client.call(name, args); // the client checks the data with the schema
        assert.ok(!result.isError, text(result));
        assert.match(text(result), begins);
        const { freshness, reason, age_ms: age } = result.structuredContent;
        assert.deepEqual([freshness, reason], ["live", null], name);
        assert.ok(Number.isInteger(age) && age >= 0, name);
      }
    });

    test(`${kind}, ${way}: prices are resources, with completion and subscriptions`, async (t) => {
      const client = await connect(t);
      const { resources } = await client.listResources();
      assert.equal(resources.length, 620);
      const { resourceTemplates } = await client.listResourceTemplates();
      assert.equal(resourceTemplates[0].uriTemplate, "ticker://{symbol}");
      const ref = { type: "ref/resource", uri: "ticker://{symbol}" };
      const { completion } = await client.complete({ ref, argument: { name: "symbol", value: "btc" } });
      assert.equal(completion.values[0], "BTCUSDT");
      const { contents } = await client.readResource({ uri: "ticker://BTCUSDT" });
      assert.match(contents[0].text, LIVE);
      assert.equal(JSON.parse(contents[1].text).freshness, "live");
      await assert.rejects(client.readResource({ uri: "ticker://NOSUCH" }), /There is no symbol \\?"NOSUCH/);

      const updates = [];
      const end = await client.subscribe("ticker://BTCUSDT", (uri) => updates.push(uri));
      await eventually(() => updates.length >= 2, "two updates");
      assert.deepEqual([...new Set(updates)], ["ticker://BTCUSDT"]);
      await end();
      await client.call("feed_status", {});
    });

    test(`${kind}, ${way}: a wait tells its progress, ends at its timeout, and can be cancelled`, async (t) => {
      const client = await connect(t);
      const seen = [];
      const args = { symbol: "btc", above: 1e9, timeout_s: 2.5 };
      const result = await client.call("wait_for_price", args, { onprogress: (each) => seen.push(each) });
      assert.match(
        text(result),
        /^BTCUSDT: .*\nTIMED OUT after 2\.5 s without a live price above 1000000000\.$/,
      );
      assert.equal(result.structuredContent.met, false);
      assert.ok(seen.length >= 2, `${seen.length} of progress`);
      assert.ok(
        seen.every(({ progress, total }, i) => total === 2.5 && progress > (seen[i - 1]?.progress ?? -1)),
      );
      assert.match(seen[0].message, LIVE);

      const cancel = new AbortController();
      const options = { signal: cancel.signal, onprogress: () => cancel.abort(new Error("enough")) };
      await assert.rejects(
        client.call("wait_for_order", { order_id: "none", timeout_s: 200 }, options),
        /enough/,
      );
      await client.call("feed_status", {});
    });
  }
}

test("HTTP, protocol of 2025: a session ends when its client says so", async (t) => {
  const client = await connected(t, "SDK 1", http);
  await client.transport.terminateSession();
  await assert.rejects(client.call("feed_status", {}));
});

function inspector(home, target, ...args) {
  const command = [
    path.join(HERE, "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js"),
    "--cli",
  ];
  const options = { encoding: "utf8", env: { ...process.env, HOME: home } };
  const done = spawnSync(NODE22, [...command, ...target, ...args], options);
  assert.equal(done.status, 0, done.stdout + done.stderr);
  return JSON.parse(done.stdout);
}

for (const way of ["stdio", "HTTP"]) {
  test(`the inspector's command line, ${way}: every tool answers, and the schemas are portable`, (t) => {
    const home = fs.mkdtempSync(path.join(os.tmpdir(), "tickcache-"));
    t.after(() => fs.rmSync(home, { recursive: true }));
    const target = way === "HTTP" ? [http.url] : [process.execPath, PROGRAM, "--segment", market.segment];
    const { tools } = inspector(home, target, "--method", "tools/list", "--strict");
    assert.equal(tools.length, calls().length);
    for (const [name, args, begins] of calls()) {
      const pairs = Object.entries(args).map(
        ([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`,
      );
      const result = inspector(
        home,
        target,
        "--method",
        "tools/call",
        "--tool-name",
        name,
        ...pairs.flatMap((pair) => ["--tool-arg", pair]),
      );
      assert.match(text(result), begins);
    }
    const { contents } = inspector(home, target, "--method", "resources/read", "--uri", "ticker://BTCUSDT");
    assert.match(contents[0].text, LIVE);
  });
}

test("the Vercel AI SDK calls the tools", async (t) => {
  const command = { command: process.execPath, args: [PROGRAM, "--segment", market.segment] };
  for (const transport of [new AiStdio(command), { type: "http", url: http.url }]) {
    const client = await createMCPClient({ transport });
    t.after(() => client.close());
    const tools = await client.tools();
    assert.equal(Object.keys(tools).length, calls().length);
    const result = await tools.get_prices.execute({ symbols: ["btc"] }, { messages: [], toolCallId: "1" });
    assert.match(text(result), LIVE);
  }
});

test("LangChain.js calls the tools", async (t) => {
  const client = new MultiServerMCPClient({
    stdio: { transport: "stdio", command: process.execPath, args: [PROGRAM, "--segment", market.segment] },
    http: { transport: "http", url: http.url },
  });
  t.after(() => client.close());
  const tools = await client.getTools();
  assert.equal(tools.length, 2 * calls().length);
  for (const tool of tools.filter(({ name }) => name === "get_prices")) {
    assert.match((await tool.invoke({ symbols: ["btc"] })).text, LIVE);
  }
});
