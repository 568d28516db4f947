// Worker threads, cluster, processes that end while they wait, and memory.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Worker } from "node:worker_threads";

import { Market, eventually, threads } from "./market.mjs";

let busy;
before(async () => {
  busy = await Market.busy();
});
after(() => busy?.close());

/** What a program printed as its last line, once it has ended well. */
async function said(program) {
  assert.equal(await program.wait(), 0, program.err);
  assert.equal(program.err, "");
  return JSON.parse(program.out.trim().split("\n").at(-1));
}

const WORKER = `
  const { parentPort, workerData } = require("node:worker_threads");
  const { Cache } = require(workerData.tickcache);
  const cache = new Cache({ segment: workerData.segment });
  const waits = [cache.waitForPrice("NOSUCHUSDT"), cache.waitForOrder("none")];
  const quiet = cache.stream("NOSUCHUSDT").next();
  (async () => {
    let ticks = 0;
    for await (const tick of cache.stream("all")) {
      cache.price(tick.symbol, { live: false });
      if (++ticks === 50) parentPort.postMessage(cache.price("BTCUSDT", { live: false }));
    }
  })();
`;

test("fault 71: workers look up, stream and wait, and may be terminated meanwhile", async () => {
  const tickcache = (await import("node:module")).createRequire(import.meta.url).resolve("tickcache");
  const begun = threads();
  for (let round = 0; round < 5; ++round) {
    const workers = Array.from({ length: 4 }, () => new Worker(WORKER, { eval: true, workerData: { tickcache, segment: busy.segment } }));
    const prices = await Promise.all(
      workers.map((worker) => new Promise((resolve, reject) => worker.once("message", resolve).once("error", reject))),
    );
    for (const price of prices) assert.match(price, /^\d+\.\d+$/);
    await Promise.all(workers.map((worker) => worker.terminate()));
  }
  await eventually(() => threads() <= begun, "the end of all threads");
  assert.match(busy.cache().price("BTCUSDT", { live: false }), /^\d/);
});

test("fault 71: a cluster's workers read the same memory, each for itself", async () => {
  const found = await said(
    busy.script(`
      import cluster from "node:cluster";
      if (cluster.isPrimary) {
        const prices = [];
        for (let i = 0; i < 3; ++i) {
          cluster.fork().once("message", function (price) {
            prices.push(price);
            this.process.kill();
          });
        }
        let ended = 0;
        cluster.on("exit", () => {
          if (++ended === 3) console.log(JSON.stringify(prices));
        });
      } else {
        cache.waitForOrder("none").catch(() => {});
        for await (const tick of cache.stream("all")) {
          if (tick.symbol !== "BTCUSDT") continue;
          process.send(await cache.waitForPrice("BTCUSDT"));
          break;
        }
      }`),
  );
  assert.equal(found.length, 3);
  for (const price of found) assert.match(price, /^\d+\.\d+$/);
});

const WAITS = `
  for (let i = 0; i < 4; ++i) {
    cache.waitForPrice("NOSUCHUSDT").catch(() => {});
    cache.waitForOrder("none").catch(() => {});
    cache.stream("NOSUCHUSDT").next();
  }
  const stream = cache.stream("all");
  let ticks = 0;
`;

test("fault 71: a process ends during waits and streams, however it ends", async () => {
  const ends = [
    ["process.exit(3)", 3],
    ['setImmediate(() => { throw new Error("thrown") })', 1],
    ['process.kill(process.pid, "SIGTERM")', "SIGTERM"],
    ['process.kill(process.pid, "SIGINT")', "SIGINT"],
    ["cache.close()", 0],
  ];
  for (let round = 0; round < 4; ++round) {
    const programs = ends.map(([how]) =>
      busy.script(`${WAITS} for await (const tick of stream) if (++ticks === 20) { ${how}; }`),
    );
    for (const [i, program] of programs.entries()) {
      assert.equal(await program.wait(), ends[i][1], `${ends[i][0]}: ${program.err}`);
      assert.equal(program.err.includes("thrown"), ends[i][1] === 1, program.err);
    }
  }
});

test("a pending wait keeps a process alive; a cache, and a stream that nobody reads, do not", async () => {
  assert.match(await said(busy.script('console.log(JSON.stringify(await cache.waitForPrice("BTCUSDT")));')), /^\d/);
  assert.equal(await said(busy.script('cache.price("BTCUSDT", { live: false }); cache.stream("all"); console.log(1);')), 1);
});

test("fault 71: 10^7 lookups, and thousands of waits and streams, leave nothing behind", async () => {
  const grown = await said(
    busy.script(
      `
      import fs from "node:fs";
      const symbols = [...cache.prices({ live: false }).keys()];
      const threads = () => fs.readdirSync("/proc/self/task").length;
      const files = () => fs.readdirSync("/proc/self/fd").length;
      const maps = () => fs.readFileSync("/proc/self/maps", "utf8").split("tickcache-test").length;
      function lookups(count) {
        for (let i = 0; i < count; ++i) {
          try { cache.price(symbols[i % symbols.length]); } catch {}
          if (i % 1000 === 0) { cache.ticker("BTCUSDT"); cache.orders(3); cache.status(); }
          if (i % 1000 === 1) cache.price("S" + i, { live: false });
        }
      }
      async function waits(count) {
        for (let i = 0; i < count; ++i) {
          await cache.waitForPrice("BTCUSDT", { live: false });
          await cache.waitForPrice("NOSUCHUSDT", { signal: AbortSignal.timeout(0) }).catch(() => {});
          for await (const tick of cache.stream("all")) break;
          await cache.stream("all").next(); // dropped: collected with its thread
          if (i % 20 === 0) gc();
          new Cache().close();
        }
      }
      async function measured() {
        for (let i = 0; i < 10; ++i) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)); }
        const { rss, heapUsed } = process.memoryUsage();
        return { rss, heapUsed, threads: threads(), files: files(), maps: maps() };
      }
      lookups(1e6);
      await waits(100);
      const before = await measured();
      lookups(1e7);
      await waits(1000);
      const behind = await measured();
      console.log(JSON.stringify(Object.fromEntries(Object.keys(before).map((key) => [key, behind[key] - before[key]]))));
      `,
      "--expose-gc",
    ),
  );
  assert.ok(grown.rss < 24e6, JSON.stringify(grown));
  assert.ok(grown.heapUsed < 4e6, JSON.stringify(grown));
  assert.deepEqual([grown.threads, grown.files, grown.maps], [0, 0, 0]);
});
