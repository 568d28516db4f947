// What the tools say, for a reader who knows nothing of tickcache.
import errors from "../lib/errors.js";

const { whyDown, whyStale } = errors;

export const ABBREVIATIONS = "Symbols are abbreviations such as btc; search_symbols lists them.";

const DAY = 86_400_000;

export function duration(ms) {
  if (ms < 10_000) return `${(ms / 1000).toFixed(1)} s`;
  if (ms < 120_000) return `${Math.round(ms / 1000)} s`;
  if (ms < DAY / 12) return `${Math.round(ms / 60_000)} min`;
  return ms < 2 * DAY ? `${Math.round(ms / (DAY / 24))} h` : `${Math.round(ms / DAY)} days`;
}

/** Why a value is not live. */
function why({ freshness, reason }, maxAgeMs) {
  if (reason === "too_old") return `it is older than the ${duration(maxAgeMs)} that you allow`;
  return freshness === "down" ? whyDown(reason) : whyStale(reason);
}

/** One line about a price, which begins with NOT LIVE unless it is live. */
export function ofPrice({ symbol, price, age_ms: ageMs, freshness, reason }, maxAgeMs) {
  if (freshness === "live") return `${symbol}: ${price} (live, ${duration(ageMs)} old)`;
  return (
    `NOT LIVE: the last known price of ${symbol} is ${price}, ${duration(ageMs)} old, and may be out of date:` +
    ` ${why({ freshness, reason }, maxAgeMs)}`
  );
}

/** The same about other data, of which `what` is the name. */
export function ofData(what, be, { freshness, reason, age_ms: ageMs }) {
  const subject = `${what[0].toUpperCase()}${what.slice(1)}`;
  if (freshness === "missing") return `${subject}: none received yet.`;
  const received = ageMs === null ? "" : `; last received ${duration(ageMs)} ago`;
  if (freshness === "live") return `${subject} ${be} live${received}.`;
  return `NOT LIVE: ${what} may be out of date: ${why({ freshness, reason })}${received}.`;
}

/** Why there is nothing at all of `what`. */
export function ofNothing(what, { freshness, reason }) {
  if (freshness === "live") return `The feed is live, but no ${what} has come yet.`;
  return `NOT LIVE: there is no ${what}: ${why({ freshness, reason })}`;
}

/** Why a symbol was not understood. */
export function ofUnknown(asked, { ambiguous, candidates }) {
  const quoted = JSON.stringify(asked);
  if (ambiguous) return `${quoted} can mean ${candidates.join(" or ")}. Ask again with one of them.`;
  if (candidates.length > 0) return `There is no symbol ${quoted}. Similar ones: ${candidates.join(", ")}.`;
  return `There is no symbol ${quoted}, nor a similar one. ${ABBREVIATIONS}`;
}
