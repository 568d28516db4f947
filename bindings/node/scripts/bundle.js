// bundle.js FOLDER: makes FOLDER/tickcache-mcp.mjs, one file of mcp/ and of the packages that it uses, and
// FOLDER/LICENSES, their licences. So the package installs offline, and Cache loads nothing of them.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const esbuild = require("esbuild");

const { here } = require("./sources.js");

// Of the SDK's engines. Syntax that an older Node can read, so that it gets this far.
const NODE = 20;
const CHECK = `if (parseInt(process.versions.node) < ${NODE}) {
  console.error("tickcache-mcp needs Node ${NODE} or newer; this is " + process.version);
  process.exit(1);
}`;

/** The folder of the package that a bundled file is of. */
function packageOf(file) {
  const [, folder] = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(file) ?? [];
  return folder;
}

const out = process.argv[2];
const { metafile } = esbuild.buildSync({
  absWorkingDir: here,
  entryPoints: ["mcp/main.mjs"],
  outfile: path.join(out, "tickcache-mcp.mjs"),
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node18",
  external: ["../lib/*"],
  alias: { "@modelcontextprotocol/server/_shims": "./mcp/shims.mjs" },
  banner: { js: CHECK },
  legalComments: "inline",
  logLevel: "warning",
  metafile: true,
});

// The SDK's files contain this one.
const vendored = ["node_modules/content-type"];
const bundled = Object.keys(metafile.inputs)
  .map(packageOf)
  .filter((folder) => folder !== undefined);
const folders = new Set([...bundled, ...vendored]);
const licences = [...folders].sort().map((folder) => {
  const { name, version } = JSON.parse(fs.readFileSync(path.join(here, folder, "package.json"), "utf8"));
  const file = fs.readdirSync(path.join(here, folder)).find((each) => /^licen[cs]e/i.test(each));
  if (file === undefined) throw new Error(`${name} has no licence`);
  return `${name} ${version}\n\n${fs.readFileSync(path.join(here, folder, file), "utf8").trim()}\n`;
});
fs.writeFileSync(path.join(out, "LICENSES"), `tickcache-mcp.mjs contains:\n\n${licences.join("\n----\n\n")}`);
