// carry.js FOLDER: copies what the addon needs of the project into FOLDER, for the package to carry.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const { project, sources } = require("./sources.js");

const isHeader = (file) => /\.(h|hpp)$/.test(file) || fs.statSync(file).isDirectory();
const target = process.argv[2];
for (const folder of ["include/tickcache", "libcache"]) {
  fs.cpSync(path.join(project, folder), path.join(target, folder), { recursive: true, filter: isHeader });
}
for (const file of ["CMakeLists.txt", "LICENSE", "libcache/CMakeLists.txt", ...sources()]) {
  fs.cpSync(path.join(project, file), path.join(target, file));
}
