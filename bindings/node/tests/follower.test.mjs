// Prices of another machine, by Redis.
import assert from "node:assert/strict";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { eventually, Market } from "./market.mjs";

async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return `${port}`;
}

test("the status of a follower says how far it is from the exchange", async (t) => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tickcache-"));
  t.after(() => fs.rmSync(folder, { recursive: true }));
  const [origin, follower] = [new Market(t), new Market(t)];
  const port = await freePort();
  const url = `redis://127.0.0.1:${port}`;
  origin.run(["redis-server", "--bind", "127.0.0.1", "--port", port, "--save", "", "--dir", folder]);
  origin.daemon(await origin.sim("--rate", "200", "--symbols", "5"));
  origin.run([process.env.TICKCACHE_REDIS, "--config", "/dev/null", "--url", url, "--feed", "test"]);
  follower.daemon({ url }, "--feed", "test");

  const here = follower.cache();
  await eventually(() => here.status().feed === "live", "a live follower");
  const { hops, lagMs, upstream } = here.status();
  assert.equal(hops, 1);
  assert.ok(lagMs >= 0 && lagMs <= 2000); // later would not be live
  assert.equal(upstream, `${url}, feed test`);
  assert.equal(origin.cache().status().hops, 0);
});
