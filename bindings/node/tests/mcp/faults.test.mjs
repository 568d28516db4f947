// Row 70 of docs/faults.md: what goes wrong around an agent ends in a clear answer, and leaves nothing behind.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import fs from "node:fs";
import http from "node:http";
import net from "node:net";
import { after, before, test } from "node:test";

import { Market, eventually } from "../market.mjs";
import { CLIENTS, PROGRAM, connected, listening, text } from "./agents.mjs";

let market;
before(async () => {
  market = await Market.busy();
});
after(() => market?.close());

function held(pid) {
  return {
    threads: fs.readdirSync(`/proc/${pid}/task`).length,
    files: fs.readdirSync(`/proc/${pid}/fd`).length,
    maps: fs.readFileSync(`/proc/${pid}/maps`, "utf8").split("tickcache-test").length,
  };
}

function resident(pid) {
  return 1024 * Number(/VmRSS:\s+(\d+) kB/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]);
}

/** A request as no official client sends it; resolves with { status, body }. */
function ask(url, { method = "POST", path, headers, body } = {}) {
  return new Promise((resolve, reject) => {
    const { hostname, port, pathname } = new URL(url);
    const types = { "content-type": "application/json", accept: "application/json, text/event-stream" };
    const request = http.request({
      hostname,
      port,
      method,
      path: path ?? pathname,
      headers: { ...types, ...headers },
      agent: false,
    });
    request.on("error", reject).on("response", (response) => {
      let said = "";
      response
        .on("data", (bytes) => (said += bytes))
        .on("end", () => resolve({ status: response.statusCode, body: said }));
    });
    request.end(body);
  });
}

const INITIALIZE = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-06-18", capabilities: {}, clientInfo: { name: "tests", version: "1" } },
});

test("fault 70: without a daemon the answer says what to start, and prices come once it runs", async (t) => {
  const own = new Market(t);
  const { url } = await listening(own);
  const client = await connected(t, "SDK 1", { url });
  const none = await client.call("get_prices", { symbols: ["btc"] });
  assert.ok(none.isError);
  assert.match(
    text(none),
    /^NOT LIVE: there is no price: segment "\S+" \(.*\) does not exist: start tickcached/,
  );
  own.daemon(await own.sim("--symbols", "5"));
  await eventually(
    async () => /^BTCUSDT: .* \(live, /.test(text(await client.call("get_prices", { symbols: ["btc"] }))),
    "the price",
  );
});

test("fault 70: a segment that cannot be used is an answer too", async (t) => {
  const own = new Market(t);
  fs.writeFileSync(`/dev/shm/${own.segment}`, "nothing", { mode: 0o600 });
  const client = await connected(t, "SDK 1", own);
  const result = await client.call("get_prices", { symbols: ["btc"] });
  assert.ok(result.isError);
  assert.match(text(result), /^NOT LIVE: there is no price: segment /);
});

test("fault 70: an unknown symbol is an answer at once, also for a wait", async (t) => {
  const client = await connected(t, "SDK 1", market);
  for (const [name, args] of [
    ["get_prices", { symbols: ["nosuch"] }],
    ["get_candles", { symbol: "nosuch" }],
    ["get_orders", { symbol: "nosuch" }],
    ["wait_for_price", { symbol: "nosuch", timeout_s: 300 }],
  ]) {
    const result = await client.call(name, args);
    assert.ok(result.isError, name);
    assert.match(text(result), /^There is no symbol "nosuch"/, name);
    assert.equal(result.structuredContent.reason, "unknown_symbol");
  }
});

test("fault 70: foreign names, pages and addresses are refused", async (t) => {
  const { url } = await listening(market);
  const port = new URL(url).port;
  const status = async (headers, more) => (await ask(url, { headers, body: INITIALIZE, ...more })).status;
  for (const headers of [
    { origin: "https://example.com" },
    { origin: "null" },
    { origin: "http://127.0.0.1.example.com" },
    { host: "example.com" },
    { host: `example.com:${port}` },
    { host: "0.0.0.0" },
  ]) {
    for (const method of ["POST", "GET", "DELETE", "OPTIONS"]) {
      assert.equal(await status(headers, { method }), 403, `${method} ${JSON.stringify(headers)}`);
    }
  }
  for (const headers of [
    {},
    { origin: "http://localhost:3000" },
    { origin: url },
    { host: `localhost:${port}` },
  ]) {
    assert.equal(await status(headers), 200, JSON.stringify(headers));
  }
  assert.equal(await status({}, { path: "/" }), 404);
  assert.equal(await status({ "mcp-session-id": "none" }), 404);
  assert.equal(await status({}, { body: "{" }), 400);
  assert.equal(await status({ "content-type": "text/plain" }), 415);
  // Address, port and state of each socket, in hexadecimal: it listens (0A) on 127.0.0.1 alone.
  const hex = Number(port).toString(16).toUpperCase().padStart(4, "0");
  const sockets = ["/proc/net/tcp", "/proc/net/tcp6"].map((file) => fs.readFileSync(file, "utf8")).join("\n");
  const listens = [...sockets.matchAll(/^ *\d+: (\w+):(\w+) \S+ 0A/gm)].filter(([, , of]) => of === hex);
  assert.deepEqual(
    listens.map(([, address]) => address),
    ["0100007F"],
  );
});

const AS_ROOT = { skip: process.getuid() !== 0 && "only root can be another user" };

test("fault 70: programs of other users are refused", AS_ROOT, async (t) => {
  const { url } = await listening(market);
  const curl = ["curl", "--silent", "--show-error", "--write-out", " %{http_code}", "--data", INITIALIZE];
  const headers = ["content-type: application/json", "accept: application/json, text/event-stream"];
  const command = [...curl, ...headers.flatMap((header) => ["--header", header]), url];
  const own = market.run(command);
  const other = market.run(["setpriv", "--reuid", "65534", "--clear-groups", ...command]);
  assert.deepEqual([await own.wait(), await other.wait()], [0, 0], own.err + other.err);
  assert.match(own.out, / 200$/);
  assert.match(other.out, /only programs of the user who started it.* 403$/);
});

test("fault 70: too large a body and a connection that says nothing leave it answering", async (t) => {
  const server = await listening(market);
  const silent = net.connect(new URL(server.url).port, "127.0.0.1").on("error", () => {});
  t.after(() => silent.destroy());
  assert.equal((await ask(server.url, { body: " ".repeat(5 << 20) })).status, 413);
  assert.equal((await ask(server.url, { body: INITIALIZE })).status, 200);
});

/** A test of its own for each kind of client. */
async function each(t, kinds, run) {
  for (const kind of kinds) await t.test(kind, (own) => run(own, kind));
}

test("fault 70: over HTTP, a client that is gone frees its waits", (t) =>
  each(t, CLIENTS, async (t, kind) => {
    const server = await listening(market);
    const stays = await connected(t, kind, server);
    await stays.call("feed_status", {});
    const before = held(server.process.pid).threads;
    const gone = await connected(t, kind, server);
    const waits = [];
    for (let i = 0; i < 5; ++i) {
      waits.push(gone.call("wait_for_price", { symbol: "btc", above: 1e9, timeout_s: 300 }).catch(() => {}));
      waits.push(gone.call("wait_for_order", { order_id: "none", timeout_s: 300 }).catch(() => {}));
    }
    await eventually(() => held(server.process.pid).threads >= before + 10, "ten waits");
    await gone.drop();
    await eventually(() => held(server.process.pid).threads <= before, "the end of ten waits");
    await Promise.all(waits);
    assert.match(text(await stays.call("get_prices", { symbols: ["btc"] })), /^BTCUSDT: /);
  }));

test("fault 70: a cancelled wait ends", (t) =>
  each(t, CLIENTS, async (t, kind) => {
    for (const target of [await listening(market), market]) {
      const client = await connected(t, kind, target);
      const pid = target.process?.pid ?? client.process();
      await client.call("feed_status", {});
      const before = held(pid).threads;
      const cancel = new AbortController();
      const wait = client.call(
        "wait_for_order",
        { order_id: "none", timeout_s: 300 },
        { signal: cancel.signal },
      );
      await eventually(() => held(pid).threads > before, "the wait");
      cancel.abort(new Error("enough"));
      await assert.rejects(wait, /enough/);
      await eventually(() => held(pid).threads <= before, "the end of the wait");
    }
  }));

test("fault 70: over stdio, the program ends with its client, also during waits", async (t) => {
  const child = spawn(process.execPath, [PROGRAM, "--segment", market.segment], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  t.after(() => child.kill("SIGKILL"));
  let said = "";
  child.stdout.on("data", (bytes) => (said += bytes));
  const ended = new Promise((resolve) => child.on("close", (...how) => resolve(how)));
  const send = (message) => child.stdin.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
  child.stdin.write(`${INITIALIZE}\n`);
  send({ method: "notifications/initialized" });
  const wait = {
    name: "wait_for_price",
    arguments: { symbol: "btc", above: 1e9, timeout_s: 300 },
    _meta: { progressToken: "p" },
  };
  for (const id of [2, 3, 4]) send({ id, method: "tools/call", params: wait });
  await eventually(() => said.includes("notifications/progress"), "a wait");
  child.stdin.end();
  assert.deepEqual(await ended, [0, null]);
  for (const line of said.trim().split("\n")) assert.equal(JSON.parse(line).jsonrpc, "2.0");
});

test("fault 70: what is no protocol is reported, and answered by nothing else", async (t) => {
  const child = spawn(process.execPath, [PROGRAM, "--segment", market.segment], {
    stdio: ["pipe", "pipe", "pipe"],
  });
  t.after(() => child.kill("SIGKILL"));
  let [said, complaints] = ["", ""];
  child.stdout.on("data", (bytes) => (said += bytes));
  child.stderr.on("data", (bytes) => (complaints += bytes));
  child.stdin.write(`what?\n{"jsonrpc":1}\n${INITIALIZE}\n`);
  await eventually(() => said.includes("\n"), "the answer");
  assert.equal(JSON.parse(said).id, 1);
  await eventually(() => complaints.startsWith("tickcache-mcp: "), "a complaint");
});

test("fault 70: more waits than threads are worth is an answer", async (t) => {
  const client = await connected(t, "SDK 1", market);
  const cancel = new AbortController();
  const options = { signal: cancel.signal };
  const waits = Array.from({ length: 65 }, () =>
    client.call("wait_for_order", { order_id: "none", timeout_s: 300 }, options),
  );
  const refused = await Promise.race(waits);
  assert.match(text(refused), /^64 waits are pending already/);
  cancel.abort(new Error("enough"));
  const ends = await Promise.allSettled(waits);
  assert.equal(ends.filter(({ status }) => status === "fulfilled").length, 1);
  await eventually(
    async () => !(await client.call("wait_for_order", { order_id: "none", timeout_s: 0.01 })).isError,
    "room",
  );
});

/** Everything that agents do, `count` times. */
async function busily(client, count) {
  for (let i = 0; i < count; ++i) {
    await client.call("get_prices", { symbols: ["btc", "nosuch"] });
    await client.call("wait_for_price", { symbol: "btc", timeout_s: 5 });
    await client.call(["get_orders", "get_portfolio", "feed_status", "search_symbols"][i % 4], {});
    await client.readResource({ uri: "ticker://BTCUSDT" });
    if (i % 10 === 0) {
      const end = await client.subscribe("ticker://BTCUSDT", () => {});
      const cancel = new AbortController();
      const options = { signal: cancel.signal, onprogress: () => cancel.abort() };
      await client.call("wait_for_order", { order_id: "none", timeout_s: 300 }, options).catch(() => {});
      await end();
    }
  }
}

/** A server whose only client is `client`, with the process `pid`, is left as it was. */
async function leavesNothing(t, client, pid) {
  await busily(client, 100);
  const before = { ...held(pid), memory: resident(pid) };
  await busily(client, 300);
  await eventually(() => held(pid).threads <= before.threads, "the end of all threads");
  await eventually(() => held(pid).files <= before.files, "the end of all files");
  assert.equal(held(pid).maps, before.maps);
  const grown = resident(pid) - before.memory;
  t.diagnostic(`${(grown / 1e6).toFixed(1)} MB more after 1,230 calls`);
  assert.ok(grown < 48e6, `${grown} bytes more`);
}

/** So that a leak of memory is seen soon. */
const SMALL = "--max-old-space-size=64";

test("fault 70: over HTTP, 1,000 calls leave no file, thread or memory behind", (t) =>
  each(t, CLIENTS, async (t, kind) => {
    const server = await listening(market, SMALL);
    await leavesNothing(t, await connected(t, kind, server), server.process.pid);
  }));

test("fault 70: over stdio, 1,000 calls leave no file, thread or memory behind", (t) =>
  each(t, CLIENTS, async (t, kind) => {
    const client = await connected(t, kind, { segment: market.segment, options: [SMALL] });
    await leavesNothing(t, client, client.process());
  }));

test("fault 70: clients of the protocol of 2025 that come and never leave end those before them", async (t) => {
  const server = await listening(market);
  const first = await ask(server.url, { body: INITIALIZE });
  assert.equal(first.status, 200);
  const stays = await connected(t, "SDK 1", server);
  for (let i = 0; i < 200; ++i) {
    assert.equal((await ask(server.url, { body: INITIALIZE })).status, 200);
    if (i % 50 === 0) await stays.call("feed_status", {}); // in use
  }
  await stays.call("feed_status", {});
  const before = held(server.process.pid).files;
  for (let i = 0; i < 200; ++i) await ask(server.url, { body: INITIALIZE });
  await eventually(() => held(server.process.pid).files <= before, "the end of their files");
});
