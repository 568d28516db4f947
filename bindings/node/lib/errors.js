// The errors, and messages that say how to fix the problem.
"use strict";

class TickcacheError extends Error {
  get name() {
    return this.constructor.name;
  }
}

class NotLive extends TickcacheError {
  symbol = null;
  price = null;
  ageMs = null;
  freshness = "down";
  reason = "no_segment";
}

class StalePrice extends NotLive {}

class FeedDown extends NotLive {}

class NoSegment extends FeedDown {}

class NotSubscribed extends TickcacheError {}

class TimeoutError extends TickcacheError {}

const WHY_DOWN = {
  no_segment:
    "there is no shared memory of that name: start tickcached, or name another with TICKCACHE_SEGMENT",
  stopped: "tickcached was stopped: start it again",
  auth_failed:
    "tickcached stopped because the exchange rejected the API key or suspended the account:" +
    " `tickcache status` tells which; correct it, then restart tickcached",
  superseded:
    "tickcached was restarted and its new shared memory cannot be opened: check owner and permissions" +
    " with `tickcache status`",
  heartbeat_lost: "no heartbeat from tickcached (killed, suspended or hanging): restart it",
};

const WHY_STALE = {
  previous_epoch: "nothing has been received for it since the feed reconnected",
  reconnecting: "the feed is reconnecting",
  silent: "the feed is connected but silent",
  lagging: "its ticks arrive late",
  unconfirmed: "the exchange has another price, or has not confirmed this one",
  rejected: "a later price could not be read",
  busy: "the daemon was always faster than this reader; try again",
  unsubscribed: 'tickcached no longer subscribes to it: add it to the option "symbols"',
};

/** One sentence that says what happened and how to fix it. */
function whyDown(reason) {
  return WHY_DOWN[reason] ?? `tickcached is down (${reason}): see \`tickcache status\``;
}

function whyStale(reason) {
  return WHY_STALE[reason] ?? reason;
}

function describe({ symbol, price, ageMs, freshness, reason }, maxAge, segmentError) {
  if (segmentError !== null) return new NoSegment(segmentError);
  const what = symbol ?? "the feed";
  const old = ageMs === null ? "" : (ageMs / 1000).toFixed(1);
  const last = price === null ? "" : `; the last price, ${price}, is ${old} s old`;
  if (freshness === "down") return new FeedDown(`${what} is down: ${whyDown(reason)}${last}`);
  if (reason === "too_old") {
    return new StalePrice(
      `${what} is stale: its price, ${price}, is ${Math.round(ageMs)} ms old, and maxAge is ${maxAge} ms`,
    );
  }
  return new StalePrice(
    `${what} is stale: ${whyStale(reason)}${last}. Wait for a live one with` +
      " waitForPrice(), or take it with { live: false }",
  );
}

/** The error for a price that is not live. `segmentError`: why there is no segment, or null. */
function notLive(facts, maxAge, segmentError) {
  return Object.assign(describe(facts, maxAge, segmentError), facts);
}

module.exports = {
  TickcacheError,
  NotLive,
  StalePrice,
  FeedDown,
  NoSegment,
  NotSubscribed,
  TimeoutError,
  whyDown,
  whyStale,
  notLive,
};
