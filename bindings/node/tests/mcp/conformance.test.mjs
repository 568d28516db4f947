// The official conformance suite, against tickcache-mcp over HTTP. docs/mcp.md names the scenarios that do not
// apply; all others pass.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";

import { Market } from "../market.mjs";
import { HERE, NODE22, listening } from "./agents.mjs";

const SUITE = path.join(HERE, "node_modules/@modelcontextprotocol/conformance/dist/index.js");

let market;
let server;
let inapplicable;
before(async () => {
  market = await Market.busy();
  server = await listening(market);
  const page = fs.readFileSync(path.join(process.env.TICKCACHE_SOURCE, "docs/mcp.md"), "utf8");
  const [, section] = page.split("\n## Conformance\n");
  inapplicable = [...section.split("\n## ")[0].matchAll(/`([a-z0-9:. -]+)`/g)].map(([, name]) => name);
});
after(() => market?.close());

/** Every check, with its `scenario`. */
async function checks(version, folder) {
  const args = [
    "server",
    "--url",
    server.url,
    "--suite",
    "all",
    "--spec-version",
    version,
    "--output-dir",
    folder,
  ];
  const suite = spawn(NODE22, [SUITE, ...args], { stdio: ["ignore", "ignore", "inherit"] });
  await once(suite, "close");
  return fs.readdirSync(folder).flatMap((name) => {
    const [, scenario] = /^server-(.*)-\d{4}-\d\d-\d\dT/.exec(name);
    return JSON.parse(fs.readFileSync(path.join(folder, name, "checks.json"), "utf8")).map((check) => ({
      scenario,
      ...check,
    }));
  });
}

const failed = new Set();
for (const [version, least] of [
  ["2025-11-25", 40],
  ["2026-07-28", 90],
]) {
  test(`every scenario of ${version} that applies passes`, async (t) => {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "tickcache-"));
    t.after(() => fs.rmSync(folder, { recursive: true }));
    const all = await checks(version, folder);
    const bad = all.filter(({ status }) => status === "FAILURE");
    for (const { scenario, id, errorMessage } of bad) {
      const names = [scenario, `${scenario}: ${id}`].filter((name) => inapplicable.includes(name));
      assert.equal(names.length, 1, `${scenario}: ${id}: ${errorMessage}`);
      failed.add(names[0]);
    }
    const passed = all.filter(({ status }) => status === "SUCCESS").length;
    t.diagnostic(`${passed} checks passed, ${bad.length} do not apply`);
    assert.ok(passed >= least, `only ${passed} checks passed`);
  });
}

test("nothing is called inapplicable that passes", () => {
  assert.deepEqual(
    inapplicable.filter((name) => !failed.has(name)),
    [],
  );
});
