import tickcache from "./index.js";

export const {
  Cache,
  FeedDown,
  NoSegment,
  NotLive,
  NotSubscribed,
  StalePrice,
  TickcacheError,
  TimeoutError,
  version,
} = tickcache;
