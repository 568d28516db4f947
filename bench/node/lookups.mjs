// How long a lookup takes, beside a Map in the same process and the package `redis`.
//
//     TICKCACHE_SEGMENT=… node lookups.mjs [REDIS_SOCKET]
//
// needs live prices, and prints a JSON object of nanoseconds a call, each the median of 9 runs that take
// turns: "one" always looks up the same symbol, as a literal; "each" all symbols in turn.
import { Cache } from "tickcache";

const RUNS = 9;
const CALLS = 1_000_000;

const cache = new Cache();
const symbols = [...cache.prices().keys()];
const map = new Map(cache.prices());
let sink = 0;

// Sums are local variables: one that closures share would cost as much as a lookup.
const LOOKUPS = {
  map_get: {
    one(calls) {
      let sum = 0;
      for (let i = 0; i < calls; ++i) sum += map.get("S0001USDT").length;
      return sum;
    },
    each(calls) {
      let sum = 0;
      for (let i = 0, at = 0; i < calls; ++i) {
        sum += map.get(symbols[at]).length;
        if (++at === symbols.length) at = 0;
      }
      return sum;
    },
  },
  price: {
    one(calls) {
      let sum = 0;
      for (let i = 0; i < calls; ++i) sum += cache.price("S0001USDT").length;
      return sum;
    },
    each(calls) {
      let sum = 0;
      for (let i = 0, at = 0; i < calls; ++i) {
        sum += cache.price(symbols[at]).length;
        if (++at === symbols.length) at = 0;
      }
      return sum;
    },
  },
  price_number: {
    one(calls) {
      let sum = 0;
      for (let i = 0; i < calls; ++i) sum += cache.priceNumber("S0001USDT");
      return sum;
    },
  },
  ticker: {
    one(calls) {
      let sum = 0;
      for (let i = 0; i < calls; ++i) sum += cache.ticker("S0001USDT").updates;
      return sum;
    },
  },
};

function nanoseconds(lookup, calls) {
  const begin = process.hrtime.bigint();
  sink += lookup(calls);
  return Number(process.hrtime.bigint() - begin) / calls;
}

function median(numbers) {
  return numbers.sort((a, b) => a - b)[numbers.length >> 1];
}

async function redis(path) {
  const { createClient } = await import("redis");
  const client = createClient({ socket: { path } });
  await client.connect();
  await client.set("S0001USDT", cache.price("S0001USDT"));
  const runs = [];
  for (let run = 0; run <= RUNS; ++run) {
    const begin = process.hrtime.bigint();
    for (let i = 0; i < 2000; ++i) sink += (await client.get("S0001USDT")).length;
    if (run > 0) runs.push(Number(process.hrtime.bigint() - begin) / 2000);
  }
  client.destroy();
  return median(runs);
}

const runs = {};
for (let run = -2; run < RUNS; ++run) {
  for (const [name, ways] of Object.entries(LOOKUPS)) {
    for (const [way, lookup] of Object.entries(ways)) {
      const took = nanoseconds(lookup, name === "ticker" ? CALLS / 100 : CALLS);
      if (run >= 0) ((runs[name] ??= {})[way] ??= []).push(took); // the first two warm up
    }
  }
}
const found = Object.fromEntries(
  Object.entries(runs).map(([name, ways]) => [
    name,
    Object.fromEntries(Object.entries(ways).map(([way, took]) => [way, Math.round(median(took) * 10) / 10])),
  ]),
);
if (process.argv[2]) found.redis_get = { one: Math.round(await redis(process.argv[2])) };
console.log(JSON.stringify(found));
if (!(sink > 0)) process.exit(1);
