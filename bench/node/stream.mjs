// How late timers are beside a loop over every tick.
//
//     TICKCACHE_SEGMENT=… node stream.mjs SECONDS
//
// prints a JSON object: ticks a second, how many were missed, the share of a processor, and how many
// milliseconds a timer of 1 ms is late.
import { Cache } from "tickcache";

const seconds = Number(process.argv[2]);
const stream = new Cache().stream("all");
await stream.next();
const begin = performance.now();
const used = process.cpuUsage();
const late = [];
let last = begin;
const timer = setInterval(() => {
  const now = performance.now();
  late.push(Math.max(0, now - last - 1));
  last = now;
}, 1);
setTimeout(() => stream.close(), seconds * 1000);
let ticks = 0;
for await (const _ of stream) ++ticks;
clearInterval(timer);
const { user, system } = process.cpuUsage(used);
const took = (performance.now() - begin) / 1000;
late.sort((a, b) => a - b);
console.log(
  JSON.stringify({
    ticks_per_s: Math.round(ticks / took),
    missed: stream.missed,
    cpu_share: (user + system) / 1e6 / took,
    late_p50_ms: late[Math.floor(late.length * 0.5)],
    late_p99_ms: late[Math.floor(late.length * 0.99)],
    late_max_ms: late.at(-1),
  }),
);
