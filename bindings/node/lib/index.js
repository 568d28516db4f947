"use strict";

const { Cache } = require("./cache.js");
const errors = require("./errors.js");
const { version } = require("./native.js");

module.exports = {
  Cache,
  FeedDown: errors.FeedDown,
  NoSegment: errors.NoSegment,
  NotLive: errors.NotLive,
  NotSubscribed: errors.NotSubscribed,
  StalePrice: errors.StalePrice,
  TickcacheError: errors.TickcacheError,
  TimeoutError: errors.TimeoutError,
  version,
};
