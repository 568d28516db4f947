// A broadcast of ticks to WebSocket clients, as one writes it with Node's ws. Usage: node
// broadcast.mjs RATE; prints its port. The ticks are made here, so it is spared an upstream.
import { readFileSync } from "node:fs";
import { WebSocketServer, WebSocket } from "ws";

const STAMP_OFFSET = 1_000_000_000_000_000n;
const rate = Number(process.argv[2]);
const server = new WebSocketServer({ host: "127.0.0.1", port: 0, perMessageDeflate: false });

// CLOCK_BOOTTIME minus Node's monotonic clock: the time that the machine was suspended.
const suspended =
  BigInt(Math.round(Number(readFileSync("/proc/uptime", "utf8").split(" ")[0]) * 1e9)) -
  process.hrtime.bigint();

function frame(number) {
  const stamp = String(STAMP_OFFSET + process.hrtime.bigint() + (suspended > 1_000_000_000n ? suspended : 0n));
  return JSON.stringify({
    channel: "ticker",
    symbol: `S${String(number % 700).padStart(4, "0")}USDT`,
    data: {
      price: "64521.30000000",
      quantity: `${stamp.slice(0, -9)}.${stamp.slice(-9)}`,
      timestamp: "2026-11-22T08:40:08.215Z",
      is_buyer_maker: true,
    },
    freshness: "live",
    reason: null,
    age_ms: 0,
  });
}

server.on("listening", () => {
  console.log(server.address().port);
  const begin = performance.now();
  let number = 0;
  setInterval(() => {
    const due = Math.floor(((performance.now() - begin) * rate) / 1000);
    for (; number < due; ++number) {
      const data = frame(number);
      for (const client of server.clients) {
        if (client.readyState === WebSocket.OPEN) client.send(data);
      }
    }
  }, 1);
});
