// The program: its command line, what it is made of, and that the examples of docs/mcp.md compile.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { test } from "node:test";
import { pathToFileURL } from "node:url";

import { HERE, INSTALLED, PROGRAM } from "./agents.mjs";

const SOURCE = process.env.TICKCACHE_SOURCE;

function run(...args) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, ...args], {
    encoding: "utf8",
    input: "",
  });
  return { status, stdout, stderr };
}

test("the command line explains itself, and what is wrong with it", () => {
  const { version } = JSON.parse(fs.readFileSync(path.join(INSTALLED, "package.json"), "utf8"));
  assert.deepEqual(run("--version"), { status: 0, stdout: `tickcache-mcp ${version}\n`, stderr: "" });
  assert.match(run("--help").stdout, /^Usage: tickcache-mcp .*\n(.*\n)*.*--segment NAME/);
  for (const [args, why] of [
    [["--what"], /'--what'/],
    [["prices"], /'prices'/],
    [["--http"], /--http/],
    [["--http", "0.0.0.0:80"], /"0\.0\.0\.0" is not a loopback address/],
    [["--http", "example.com:80"], /"example\.com" is not a loopback address/],
    [["--http", "127.0.0.1"], /--http wants \[ADDRESS:\]PORT, not "127\.0\.0\.1"/],
    [["--http", "65536"], /there is no port 65536/],
    [["--segment", "a/b"], /"a\/b" is no name of a segment/],
    [["--segment", ""], /"" is no name of a segment/],
  ]) {
    const { status, stdout, stderr } = run(...args);
    assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    assert.match(stderr, why);
    assert.match(stderr, /^tickcache-mcp: .* \(see tickcache-mcp --help\)\n$/);
  }
});

test("a port that is taken is an error", async (t) => {
  const other = net.createServer().listen(0, "127.0.0.1");
  t.after(() => other.close());
  await once(other, "listening");
  const { status, stderr } = run("--http", String(other.address().port));
  assert.equal(status, 1);
  assert.match(stderr, /^tickcache-mcp: cannot listen on \d+: .*EADDRINUSE/);
});

test("without a client it ends, and prints nothing", () => {
  assert.deepEqual(run(), { status: 0, stdout: "", stderr: "" });
});

test("symbols are understood as models write them", async () => {
  const { resolve, search } = await import(pathToFileURL(path.join(SOURCE, "bindings/node/mcp/symbols.mjs")));
  const symbols = [
    "BTCUSDT",
    "BTCUSDC",
    "BTCDOMUSDT",
    "ETHUSDT",
    "ETHBTC",
    "DOGE-PERP",
    "ÄUSDT",
    "1000SATSUSDT",
  ];
  for (const [asked, symbol] of [
    ...["BTCUSDT", "btcusdt", "BTC-USDT", "btc/usdt", "btc_usdt", "Btc Usdt", "BTC:USDT", " btcusdt "].map(
      (each) => [each, "BTCUSDT"],
    ),
    ["ethusdt", "ETHUSDT"],
    ["eth/btc", "ETHBTC"],
    ["dogeperp", "DOGE-PERP"],
    ["DOGE-PERP", "DOGE-PERP"],
    ["Ä", "ÄUSDT"],
    ["1000sats", "1000SATSUSDT"],
    ["btcdom", "BTCDOMUSDT"],
  ]) {
    assert.deepEqual(resolve(asked, symbols), { symbol }, asked);
  }
  assert.deepEqual(resolve("btc", symbols), { ambiguous: true, candidates: ["BTCUSDC", "BTCUSDT"] });
  assert.deepEqual(resolve("eth", symbols), { ambiguous: true, candidates: ["ETHBTC", "ETHUSDT"] });
  assert.deepEqual(resolve("BTC/EUR", symbols).candidates.slice(0, 2), ["BTCUSDC", "BTCUSDT"]);
  assert.deepEqual(resolve("btc/usd", symbols), {
    ambiguous: false,
    candidates: ["BTCUSDC", "BTCUSDT", "BTCDOMUSDT", "ETHBTC"],
  });
  for (const nothing of ["", "-", "nosuch", "bitcoin"]) {
    assert.deepEqual(resolve(nothing, symbols), { ambiguous: false, candidates: [] }, nothing);
  }
  assert.deepEqual(search("btc", symbols), ["BTCUSDC", "BTCUSDT", "BTCDOMUSDT", "ETHBTC"]);
});

test("Cache loads nothing of it, and the licences of what is bundled are there", () => {
  const files = 'require("tickcache"); console.log(Object.keys(require.cache).join("\\n"))';
  const loaded = spawnSync(process.execPath, ["-e", files], { encoding: "utf8", cwd: HERE })
    .stdout.trim()
    .split("\n");
  assert.ok(loaded.length > 3);
  for (const file of loaded) assert.match(path.relative(INSTALLED, file), /^(lib\/|prebuilds\/)/);
  const licences = fs.readFileSync(path.join(path.dirname(PROGRAM), "LICENSES"), "utf8");
  for (const name of [
    "@modelcontextprotocol/server",
    "@modelcontextprotocol/core",
    "@modelcontextprotocol/node",
    "zod",
    "content-type",
  ]) {
    assert.match(licences, new RegExp(`^${name} \\d`, "m"));
  }
  assert.deepEqual(
    fs.readdirSync(path.join(INSTALLED, "node_modules")).filter((name) => !name.startsWith(".")),
    ["node-addon-api"],
  );
});

test("the lock of these tests lists no registry", () => {
  const { packages } = JSON.parse(fs.readFileSync(path.join(HERE, "package-lock.json"), "utf8"));
  for (const [name, { resolved }] of Object.entries(packages)) assert.equal(resolved, undefined, name);
});

test("the examples of docs/mcp.md compile", () => {
  const page = fs.readFileSync(path.join(SOURCE, "docs/mcp.md"), "utf8");
  const examples = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code]) => code);
  assert.equal(examples.length, 2);
  const files = examples.map((code, i) => {
    const file = path.join(HERE, `example-${i}.mts`);
    fs.writeFileSync(file, code);
    return file;
  });
  const options = [
    "--noEmit",
    "--strict",
    "--skipLibCheck",
    "--target",
    "es2022",
    "--module",
    "nodenext",
    "--types",
    "node",
  ];
  const tsc = path.join(HERE, "node_modules/typescript/bin/tsc");
  const { status, stdout } = spawnSync(process.execPath, [tsc, ...options, ...files], {
    encoding: "utf8",
    cwd: HERE,
  });
  assert.equal(status, 0, stdout);
});
