// The package: its types, that it builds where the prebuilt addon does not fit, and its texts.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const require = createRequire(import.meta.url);
const installed = path.dirname(require.resolve("tickcache/package.json"));
const folder = path.resolve(here, "../..");

function run(command, args, options) {
  const done = spawnSync(command, args, { encoding: "utf8", ...options });
  assert.equal(done.status, 0, `${command}: ${done.stdout}${done.stderr}`);
  return done.stdout;
}

test("the types are exact, for import and for require", () => {
  run(process.execPath, [path.join(folder, "tools/node_modules/typescript/bin/tsc"), "-p", path.join(here, "types")]);
});

test("it was installed without a build, and lists no registry", () => {
  assert.ok(fs.existsSync(path.join(installed, "prebuilds", `${process.platform}-${process.arch}`, "tickcache.node")));
  assert.equal(fs.existsSync(path.join(installed, "build")), false);
  const lock = JSON.parse(fs.readFileSync(path.join(folder, "tools/package-lock.json"), "utf8"));
  for (const [name, { resolved }] of Object.entries(lock.packages)) assert.equal(resolved, undefined, name);
});

test("its version is the project's, and the library's", () => {
  const { version } = require("tickcache/package.json");
  assert.equal(require("tickcache").version, version);
});

test("it builds from the sources that it carries", (t) => {
  const copy = fs.mkdtempSync(path.join(os.tmpdir(), "tickcache-"));
  t.after(() => fs.rmSync(copy, { recursive: true }));
  fs.cpSync(installed, copy, { recursive: true });
  fs.rmSync(path.join(copy, "prebuilds"), { recursive: true });
  const failed = spawnSync(process.execPath, ["-e", 'require(".")'], { cwd: copy, encoding: "utf8" });
  assert.match(failed.stderr, /npm rebuild tickcache/);
  run("npm", ["run", "install"], { cwd: copy });
  assert.ok(fs.existsSync(path.join(copy, "build/Release/tickcache.node")));
  assert.match(run(process.execPath, ["-p", 'require(".").version'], { cwd: copy }), /^\d+\.\d+\.\d+$/m);
});

test("every reason has the words that Python has", { skip: process.env.TICKCACHE_SOURCE === undefined }, () => {
  const python = fs.readFileSync(path.join(process.env.TICKCACHE_SOURCE, "bindings/python/src/tickcache/errors.py"), "utf8");
  const own = fs.readFileSync(path.join(installed, "lib/errors.js"), "utf8");
  for (const name of ["_WHY_DOWN", "_WHY_STALE"]) {
    const texts = ([, body]) => {
      const whole = body.replace(/["'] ?\+?\s*["'](?=[^:]*)/g, (joint) => (joint.includes("\n") ? "" : joint));
      return [...whole.matchAll(/"?(\w+)"?:\s*(["'])(.*)\2/g)].map(([, reason, , text]) => [reason, text]);
    };
    const theirs = texts(new RegExp(`${name} = {([^}]*)}`).exec(python));
    assert.ok(theirs.length >= 5);
    assert.deepEqual(texts(new RegExp(`${name.slice(1)} = {([^}]*)}`).exec(own)), theirs);
  }
});
