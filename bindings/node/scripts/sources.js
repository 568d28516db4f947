// Prints the sources of libtickcache that the addon contains, one a line, for binding.gyp; or, with
// the argument "project" or "version", the folder they are in or the version.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const here = path.dirname(__dirname);
// What the package carries in place of the clone around this folder.
const copy = path.join(here, "libtickcache");
const project = fs.existsSync(copy) ? copy : path.resolve(here, "../..");

function read(name) {
  return fs.readFileSync(path.join(project, name), "utf8");
}

function version() {
  return /project\(tickcache VERSION ([0-9.]+)/.exec(read("CMakeLists.txt"))[1];
}

/** The sources that CMake compiles into libtickcache, relative to the project. */
function sources() {
  const listed = /add_library\(tickcache_reading OBJECT([^)]*)\)/.exec(read("libcache/CMakeLists.txt"));
  return listed[1].trim().split(/\s+/).map((name) => `libcache/${name}`);
}

module.exports = { here, project, sources };

if (require.main === module) {
  const relative = path.relative(here, project);
  const answers = {
    project: () => relative,
    version,
    sources: () => sources().map((name) => path.join(relative, name)).join("\n"),
  };
  console.log(answers[process.argv[2] ?? "sources"]());
}
