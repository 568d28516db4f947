// A feed's events as an asynchronous iterator.
"use strict";

const { setImmediate: turn } = require("node:timers/promises");

const { openFeed, openReader } = require("./native.js");
const { event } = require("./records.js");
const { channelOfCandles, channelOfTicker, missing } = require("./subscriptions.js");
const { LOOK_MS } = require("./waits.js");

/** A loop that takes longer than this (ms) for the events of a batch lets others have a turn. */
const TURN_MS = 2;

/** Registers for a channel: "orders", "portfolio", "status", "gaps" or "candles:SYMBOL:INTERVAL". Returns
 * the name of tickcached's channel that it needs, or null. */
function register(feed, channel) {
  const [kind, symbol, interval, ...more] = String(channel).split(":");
  if (kind === "candles" && symbol && interval && more.length === 0) {
    if (feed.onCandles(symbol, interval)) return channelOfCandles(symbol, interval);
  } else if (channel === "orders" && feed.onOrders()) {
    return channel;
  } else if (channel === "portfolio" && feed.onPortfolio()) {
    return channel;
  } else if (channel === "gaps" || (channel === "status" && feed.onStatus())) {
    return null;
  }
  throw new RangeError(
    `no channel "${channel}": orders, portfolio, candles:SYMBOL:INTERVAL, status or gaps`,
  );
}

class Stream {
  #feed;
  #reader;
  #channels = [];
  #gaps;
  #events = [];
  #at = 0;
  #begun = 0;
  #missed = 0;
  #pending = null;
  #asked = false;
  #timer = null;
  #missingSince = null;
  #error = null;
  #ended = false;
  #signal;
  #onAbort = () => this.fail(this.#signal.reason);

  constructor(segment, symbols, { signal, channels = [], latest = false }) {
    signal?.throwIfAborted();
    this.#feed = openFeed(segment);
    try {
      for (const symbol of symbols) {
        if (!this.#feed.onTicker(symbol, latest)) throw new RangeError(`no symbol: "${symbol}"`);
        this.#channels.push(channelOfTicker(symbol));
      }
      for (const channel of channels) {
        const needed = register(this.#feed, channel);
        if (needed !== null) this.#channels.push(needed);
      }
      // Until a daemon subscribes to all of them.
      this.#reader = openReader(segment);
    } catch (error) {
      this.#feed.close();
      throw error;
    }
    this.#gaps = channels.includes("gaps");
    this.#signal = signal;
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  /** Records that were overwritten before this program read them. */
  get missed() {
    return this.#missed;
  }

  get ended() {
    return this.#ended;
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  async next() {
    if (this.#at < this.#events.length && performance.now() - this.#begun > TURN_MS) {
      await turn();
      this.#begun = performance.now();
    }
    if (this.#at < this.#events.length) return this.#take();
    if (this.#pending !== null) throw new Error("next() is pending already");
    if (this.#error !== null) throw this.#failed();
    if (this.#ended) return { value: undefined, done: true };
    return new Promise((resolve, reject) => {
      this.#pending = { resolve, reject };
      this.#ask();
      this.#check();
    });
  }

  async return(value) {
    this.close();
    return { value, done: true };
  }

  /** Ends the loop. */
  close() {
    this.#end();
    this.#settle((pending) => pending.resolve({ value: undefined, done: true }));
  }

  /** Ends the loop with an error. */
  fail(error) {
    if (this.#ended) return;
    this.#end();
    this.#error = error;
    this.#settle((pending) => pending.reject(this.#failed()));
  }

  #take() {
    const made = event(this.#events[this.#at++]);
    if (made.missed !== undefined && made.kind !== "gap") this.#missed += made.missed;
    return { value: made, done: false };
  }

  /** The error, which is thrown once. */
  #failed() {
    const error = this.#error;
    this.#error = null;
    return error;
  }

  #settle(how) {
    const pending = this.#pending;
    this.#pending = null;
    if (pending !== null) how(pending);
  }

  #ask() {
    if (this.#asked) return;
    this.#asked = true;
    this.#feed.next(this.#gaps, (events) => {
      this.#asked = false;
      this.#events = events;
      this.#at = 0;
      this.#begun = performance.now();
      this.#settle((pending) => {
        if (events.length > 0) pending.resolve(this.#take());
        else pending.resolve({ value: undefined, done: true });
      });
    });
  }

  /** Fails if a running daemon does not subscribe to all channels, which one that has just started may
   * not have listed yet. */
  #check() {
    if (this.#reader === null || this.#timer !== null || this.#ended) return;
    const error = missing(this.#channels, this.#reader);
    const down = this.#reader.status()[0] === "down";
    if (error === null && !down) {
      this.#reader.close();
      this.#reader = null;
      return;
    }
    if (error === null) {
      this.#missingSince = null;
    } else if (this.#missingSince === null) {
      this.#missingSince = performance.now();
    } else if (performance.now() - this.#missingSince >= LOOK_MS) {
      return this.fail(error);
    }
    this.#timer = setTimeout(() => {
      this.#timer = null;
      if (this.#pending !== null) this.#check();
    }, LOOK_MS);
    this.#timer.unref();
  }

  #end() {
    if (this.#ended) return;
    this.#ended = true;
    this.#events = [];
    this.#at = 0;
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#feed.close();
    this.#reader?.close();
    this.#reader = null;
  }
}

module.exports = { Stream };
