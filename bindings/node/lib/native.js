// The addon: built on this machine, or the one that the package brought.
"use strict";

const fs = require("node:fs");
const path = require("node:path");

const { NoSegment } = require("./errors.js");

const built = path.join(__dirname, "../build/Release/tickcache.node");
const prebuilt = path.join(__dirname, "../prebuilds", `${process.platform}-${process.arch}`, "tickcache.node");

const addon = [built, prebuilt].find((file) => fs.existsSync(file));
if (addon === undefined) {
  throw new Error("the package's addon was not built for this machine: run `npm rebuild tickcache`");
}
const native = require(addon);

/** new native.Reader(segment) or Feed; throws NoSegment if the segment exists but is unusable. */
function open(Type, segment) {
  try {
    return new Type(segment);
  } catch (error) {
    throw error.code === "NO_SEGMENT" ? new NoSegment(error.message) : error;
  }
}

module.exports = {
  /** Nanoseconds, which the addon takes, in a millisecond. */
  NS: 1e6,
  version: native.version,
  /** One number: the slot that look() looks up. */
  chosen: native.chosen,
  look: native.look,
  openReader: (segment) => open(native.Reader, segment),
  openFeed: (segment) => open(native.Feed, segment),
};
