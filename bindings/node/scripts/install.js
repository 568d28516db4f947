// Runs when the package is installed: builds the addon from the sources that the package carries,
// unless the prebuilt one works here.
"use strict";

const { spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const { here } = require("./sources.js");

function prebuiltWorks() {
  if (process.env.npm_config_build_from_source) return false;
  const addon = path.join(here, "prebuilds", `${process.platform}-${process.arch}`, "tickcache.node");
  if (!fs.existsSync(addon)) return false;
  // In a process of its own: a library that does not fit may end it.
  return spawnSync(process.execPath, ["-e", "require(process.argv[1])", addon]).status === 0;
}

if (!prebuiltWorks()) {
  const gyp = process.env.npm_config_node_gyp;
  const command = gyp ? [process.execPath, gyp] : ["node-gyp"];
  // Debian's headers, so that none are downloaded.
  const headers = "/usr/include/node/node_api.h";
  const nodedir = process.env.npm_config_nodedir ?? (fs.existsSync(headers) ? "/usr" : undefined);
  const options = nodedir ? [`--nodedir=${nodedir}`] : [];
  const built = spawnSync(command[0], [...command.slice(1), "rebuild", ...options], {
    cwd: here,
    stdio: "inherit",
  });
  process.exit(built.status ?? 1);
}
