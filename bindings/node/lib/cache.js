// Cache: all lookups, waits and streams.
"use strict";

const { NoSegment, TickcacheError, notLive, whyDown } = require("./errors.js");
const { NS, chosen, look, openReader } = require("./native.js");
const records = require("./records.js");
const { Stream } = require("./stream.js");
const { channelOfCandles, channels, missing, upperCase } = require("./subscriptions.js");
const { Waiter, waitForOrder, waitForPrice } = require("./waits.js");

/** Statuses of an order's last update. */
const ENDED = ["filled", "cancelled", "rejected", "expired"];
/** Symbols that are remembered; then all are forgotten. More than any exchange lists. */
const MOST_SYMBOLS = 1 << 16;

function milliseconds(value, name) {
  if (value === undefined || value === null) return Infinity;
  if (typeof value === "number" && value >= 0) return value;
  throw new RangeError(`${name} must be a number of milliseconds that is not below zero`);
}

function text(value, name) {
  if (typeof value === "string") return value;
  throw new TypeError(`${name} must be a string`);
}

/** A symbol, its number for look(), and its last price: look() says if it has changed. */
class Entry {
  constructor(symbol, slot) {
    this.symbol = symbol;
    this.slot = slot;
    this.text = "";
    this.number = NaN; // of text, once it was asked for
  }
}

const NONE = new Entry(null, 0);

class Cache {
  #segment;
  #reader;
  #entries = new Map();
  /** The entry that was looked up last: programs often ask for one symbol again. */
  #last = NONE;
  #waiters = new Set();
  /** WeakRefs: a stream that was dropped is collected with its thread. */
  #streams = new Set();

  constructor({ segment } = {}) {
    this.#segment = segment || process.env.TICKCACHE_SEGMENT || "tickcache";
    this.#reader = openReader(text(this.#segment, "segment"));
  }

  get segment() {
    return this.#segment;
  }

  price(symbol, options) {
    if (options !== undefined) return this.#judged(symbol, options);
    let entry = this.#last;
    if (symbol !== entry.symbol) {
      entry = this.#entries.get(symbol) ?? this.#enter(symbol);
      this.#last = entry;
    }
    chosen[0] = entry.slot;
    const said = look();
    if (said === undefined) return entry.text;
    if (said === false) return this.#judged(symbol, {});
    entry.number = NaN;
    return (entry.text = said);
  }

  priceNumber(symbol, options) {
    const price = this.price(symbol, options);
    const entry = this.#last;
    if (options !== undefined || entry.symbol !== symbol || entry.text !== price) {
      return price === undefined ? undefined : Number(price);
    }
    if (Number.isNaN(entry.number)) entry.number = Number(price);
    return entry.number;
  }

  ticker(symbol, { maxAge } = {}) {
    const [freshness, reason, row] = this.#reader.ticker(
      upperCase(text(symbol, "symbol")),
      milliseconds(maxAge, "maxAge") * NS,
    );
    if (row !== null) return records.ticker(row, freshness, reason);
    if (freshness === "down") throw this.#notLive({ symbol, freshness, reason });
    return undefined;
  }

  prices({ maxAge, live = true } = {}) {
    const rows = this.#reader.prices(milliseconds(maxAge, "maxAge") * NS);
    if (rows.length === 0 && live) {
      // Without a single symbol nothing says whether the daemon runs.
      const [freshness, reason] = this.#reader.status();
      if (freshness === "down") throw this.#notLive({ freshness, reason });
    }
    const found = new Map();
    for (let i = 0; i < rows.length; i += 4) {
      const freshness = rows[i];
      if (freshness === "down" && live) throw this.#notLive({ freshness, reason: rows[i + 1] });
      if (rows[i + 3] !== null && (freshness === "live" || !live)) found.set(rows[i + 2], rows[i + 3]);
    }
    return found;
  }

  orders(n = 100, { maxAge } = {}) {
    const [freshness, reason, ageMs, rows, gapMs, gapNs] = this.#reader.orders(
      n,
      milliseconds(maxAge, "maxAge") * NS,
    );
    this.#checkSegment(reason);
    const list = rows.map((row) => records.order(row));
    return records.records(list, freshness, reason, ageMs, { gapSince: records.utc(gapMs, gapNs) });
  }

  order(orderId) {
    return this.orders(1000)
      .reverse()
      .find((order) => order.orderId === orderId);
  }

  portfolio({ maxAge } = {}) {
    const [freshness, reason, row] = this.#reader.portfolio(milliseconds(maxAge, "maxAge") * NS);
    this.#checkSegment(reason);
    if (row === null) return undefined;
    return { ...records.portfolio(row), freshness, reason: records.why(freshness, reason) };
  }

  candles(symbol, interval, n = 100, { maxAge } = {}) {
    const name = upperCase(text(symbol, "symbol"));
    const [freshness, reason, ageMs, rows] = this.#reader.candles(
      name,
      text(interval, "interval"),
      n,
      milliseconds(maxAge, "maxAge") * NS,
    );
    this.#checkSegment(reason);
    if (freshness === "missing") {
      const error = missing([channelOfCandles(symbol, interval)], this.#reader);
      if (error !== null) throw error;
    }
    const list = rows.map((row) => records.candle(name, interval, row));
    return records.records(list, freshness, reason, ageMs);
  }

  status() {
    const row = this.#reader.status();
    return records.status(row, channels(this.#reader));
  }

  stream(symbols, options = {}) {
    const wanted = typeof symbols === "string" ? [symbols] : [...(symbols ?? [])];
    wanted.forEach((symbol) => text(symbol, "symbol"));
    if (wanted.length === 0 && !options.channels?.length) {
      throw new TypeError('stream() wants symbols, "all", or channels');
    }
    this.#checkOpen();
    for (const each of this.#streams) if (each.deref()?.ended ?? true) this.#streams.delete(each);
    const stream = new Stream(this.#segment, wanted, options);
    this.#streams.add(new WeakRef(stream));
    return stream;
  }

  async waitForPrice(symbol, { timeout, maxAge, live = true, signal } = {}) {
    text(symbol, "symbol");
    const options = {
      timeout: milliseconds(timeout, "timeout"),
      maxAge: milliseconds(maxAge, "maxAge"),
      live,
    };
    return this.#wait(signal, (waiter) => waitForPrice(waiter, symbol, options));
  }

  async waitForOrder(orderId, { status = ENDED, timeout, signal } = {}) {
    text(orderId, "orderId");
    const options = {
      timeout: milliseconds(timeout, "timeout"),
      statuses: new Set(typeof status === "string" ? [status] : status),
    };
    return this.#wait(signal, (waiter) => waitForOrder(waiter, orderId, options));
  }

  close() {
    this.#last = NONE;
    this.#entries.clear();
    this.#reader.close();
    for (const waiter of this.#waiters) waiter.end(new TickcacheError("the cache was closed"));
    for (const stream of this.#streams) stream.deref()?.close();
  }

  async #wait(signal, run) {
    this.#checkOpen();
    const waiter = new Waiter(this.#segment, signal);
    this.#waiters.add(waiter);
    try {
      return await run(waiter);
    } finally {
      this.#waiters.delete(waiter);
      waiter.close();
    }
  }

  /** A price that the short way did not find live, or that has conditions. */
  #judged(symbol, { maxAge, live = true }) {
    const most = milliseconds(maxAge, "maxAge");
    const [freshness, reason, row] = this.#reader.ticker(text(symbol, "symbol"), most * NS);
    const price = row === null ? undefined : row[1];
    if (freshness === "live" || freshness === "missing" || !live) return price;
    throw this.#notLive({ symbol, price, ageMs: row?.[6], freshness, reason }, most);
  }

  #notLive({ symbol = null, price = null, ageMs = null, freshness, reason }, maxAge) {
    return notLive({ symbol, price, ageMs, freshness, reason }, maxAge, this.#reader.error());
  }

  #enter(symbol) {
    text(symbol, "symbol");
    if (this.#entries.size >= MOST_SYMBOLS) {
      this.#last = NONE;
      this.#reader.forget();
      this.#entries.clear();
    }
    const entry = new Entry(symbol, this.#reader.slot(symbol));
    this.#entries.set(symbol, entry);
    return entry;
  }

  #checkOpen() {
    this.#reader.status(); // throws after close()
  }

  #checkSegment(reason) {
    if (reason === "no_segment") throw new NoSegment(this.#reader.error() ?? whyDown(reason));
  }
}

module.exports = { Cache };
