// The cache as the tools see it: opened when it is first needed, and judged records with the names that
// `tickcache --json` has.
import { Cache } from "../lib/index.mjs";
import errors from "../lib/errors.js";
import subscriptions from "../lib/subscriptions.js";

import { resolve } from "./symbols.mjs";
import { ofNothing, ofUnknown } from "./words.mjs";

const { NoSegment, NotLive, NotSubscribed } = errors;
const { notSubscribed } = subscriptions;

/** More than tickcached keeps. */
const MOST_ORDERS = 1000;

/** What cannot be answered. `facts` go into the structured answer. */
export class Unanswerable extends Error {
  constructor(message, facts) {
    super(message);
    this.facts = { freshness: "missing", reason: null, age_ms: null, ...facts };
  }

  static from(error) {
    if (error instanceof Unanswerable) return error;
    if (error instanceof NotSubscribed) return new Unanswerable(error.message, { reason: "not_subscribed" });
    if (error instanceof NotLive) {
      const reason = error instanceof NoSegment ? "no_segment" : error.reason;
      return new Unanswerable(`NOT LIVE: there is no price: ${error.message}`, { freshness: "down", reason });
    }
    return null;
  }
}

/** Names as the command line's, and whole milliseconds. */
function snake(record) {
  return Object.fromEntries(
    Object.entries(record).map(([key, value]) => [
      key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
      typeof value === "number" ? Math.floor(value) : value,
    ]),
  );
}

function order({ position, dataJson, textCut, ...rest }) {
  return snake(rest);
}

export class Market {
  #segment;
  #cache = null;

  constructor(segment) {
    this.#segment = segment;
  }

  /** Throws NoSegment if the segment cannot be used; it may be usable later. */
  get cache() {
    return (this.#cache ??= new Cache({ segment: this.#segment }));
  }

  symbols() {
    return [...this.cache.prices({ live: false }).keys()].sort();
  }

  /** How far the feed as a whole can be trusted, and the age of what it received last. Throws NoSegment. */
  feed() {
    const { feed, reason, channels } = this.cache.status();
    if (reason === "no_segment") this.cache.portfolio(); // throws
    const ages = channels.map((channel) => channel.lastDataAgeMs).filter((age) => age !== null);
    return snake({ freshness: feed, reason, ageMs: ages.length > 0 ? Math.min(...ages) : null });
  }

  ticker(symbol, maxAge) {
    const {
      symbol: name,
      price,
      freshness,
      reason,
      ageMs,
      timestamp,
      snapshot,
    } = this.cache.ticker(symbol, { maxAge });
    return snake({ symbol: name, price, freshness, reason, ageMs, timestamp, snapshot });
  }

  /** The symbol that is meant by `asked`. */
  symbol(asked, symbols = this.symbols()) {
    if (symbols.length === 0) {
      const feed = this.feed();
      throw new Unanswerable(ofNothing("price", feed), feed);
    }
    const found = resolve(asked, symbols);
    if (found.symbol !== undefined) return found.symbol;
    const reason = found.ambiguous ? "ambiguous_symbol" : "unknown_symbol";
    throw new Unanswerable(ofUnknown(asked, found), { reason, candidates: found.candidates });
  }

  candles(symbol, interval, count) {
    const list = this.cache.candles(symbol, interval, count);
    const candles = list.map(({ openTime, open, high, low, close, volume, closed, complete }) =>
      snake({ openTime, open, high, low, close, volume, closed, complete }),
    );
    return { ...this.#judged(list), candles };
  }

  /** The newest updates that `wanted` accepts, oldest first. */
  orders(count, wanted = () => true) {
    const list = this.cache.orders(MOST_ORDERS);
    const orders = list.filter(wanted).slice(-count).map(order);
    return { ...this.#judged(list), gap_since: list.gapSince, orders };
  }

  /** The newest update of an order, or null. */
  order(orderId) {
    const found = this.cache.order(orderId);
    return found === undefined ? null : order(found);
  }

  async waitForOrder(orderId, options) {
    return order(await this.cache.waitForOrder(orderId, options));
  }

  portfolio() {
    const found = this.cache.portfolio();
    return found === undefined ? null : snake(found);
  }

  status() {
    const { feed, channels, ...rest } = this.cache.status();
    return { segment: this.cache.segment, ...snake(rest), channels: channels.map(snake) };
  }

  /** Throws if tickcached runs and does not receive the channel "orders" or "portfolio". */
  checkChannel(name) {
    const { feed, channels } = this.cache.status();
    if (feed === "down") return;
    const channel = channels.find((each) => each.name === name);
    if (channel === undefined) throw notSubscribed(name);
    if (channel.state === "refused") {
      throw new Unanswerable(`The exchange refuses ${name}: ${channel.why}`, { reason: "refused" });
    }
  }

  /** How far a list can be trusted. Of an empty one, why nothing has come. */
  #judged({ freshness, reason, ageMs }) {
    if (freshness !== "missing") return snake({ freshness, reason, ageMs });
    const feed = this.feed();
    if (feed.freshness !== "live") return { ...feed, age_ms: null };
    return { freshness, reason: "not_received", age_ms: null };
  }

  close() {
    this.#cache?.close();
  }
}
