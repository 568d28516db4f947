// What the tools say, for a reader who knows nothing of tickcache.
import errors from "../lib/errors.js";

const { whyDown, whyStale } = errors;

const DAY = 86_400_000;

export function duration(ms) {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < DAY / 12) return `${Math.round(ms / 60_000)} min`;
  return ms < 2 * DAY ? `${Math.round(ms / (DAY / 24))} h` : `${Math.round(ms / DAY)} days`;
}

/** Why a value is not live, as a clause. */
function why({ freshness, reason }, maxAgeMs) {
  if (freshness === "down") return `the price feed is down: ${whyDown(reason)}`;
  if (reason === "too_old") return `it is older than the ${duration(maxAgeMs)} that you allow`;
  return whyStale(reason);
}

/** One line about a price, which begins with NOT LIVE unless it is live. */
export function ofPrice({ symbol, price, age_ms: ageMs, freshness, reason }, maxAgeMs) {
  if (freshness === "live") return `${symbol}: ${price} (live, ${duration(ageMs)} old)`;
  return (
    `NOT LIVE: the last known price of ${symbol} is ${price}, ${duration(ageMs)} old, and may be out of date:` +
    ` ${why({ freshness, reason }, maxAgeMs)}`
  );
}

/** One line about the feed or a list; `what` is plural. */
export function ofList(what, { freshness, reason, age_ms: ageMs }) {
  const age = ageMs === null ? "" : `; the newest is ${duration(ageMs)} old`;
  if (freshness === "live") return `${what} are live${age}.`;
  return `NOT LIVE: ${what} may be out of date: ${why({ freshness, reason })}${age}.`;
}

/** Why there are no prices at all. */
export function ofNothing({ freshness, reason }) {
  return freshness === "live"
    ? "The price feed is live, but no price has come yet."
    : `NOT LIVE: there are no prices: ${why({ freshness, reason })}`;
}

/** Why a symbol was not understood. */
export function ofUnknown(asked, { ambiguous, candidates }) {
  const quoted = JSON.stringify(asked);
  if (ambiguous) return `${quoted} can mean ${candidates.join(" or ")}. Ask again with one of them.`;
  if (candidates.length > 0) return `There is no symbol ${quoted}. Similar ones: ${candidates.join(", ")}.`;
  return `There is no symbol ${quoted}, nor a similar one. search_symbols without a query lists all.`;
}
