// Waits for a price or an order.
"use strict";

const { setTimeout: sleep } = require("node:timers/promises");

const { FeedDown, TickcacheError, TimeoutError, whyDown } = require("./errors.js");
const { NS, openReader } = require("./native.js");
const records = require("./records.js");
const { channelOfTicker, missing } = require("./subscriptions.js");

const ORDERS = 1 << 1;
const STOPPED = 2;
/** A daemon that has just started writes its list of channels within this time. */
const LOOK_MS = 250;

/** A reader used by a single wait, which ends with a signal or with close(). */
class Waiter {
  constructor(segment, signal) {
    signal?.throwIfAborted();
    this.reader = openReader(segment);
    this.ended = new AbortController();
    this.forward = () => this.ended.abort(signal.reason);
    this.signal = signal;
    signal?.addEventListener("abort", this.forward, { once: true });
  }

  /** Ends the wait with an error. */
  end(error) {
    this.ended.abort(error);
  }

  close() {
    this.signal?.removeEventListener("abort", this.forward);
    this.reader.close();
  }

  /** Resolves when something may have changed since `seen`, at the latest after `timeoutMs`. */
  changed(seen, symbol, topics, timeoutMs) {
    return new Promise((resolve, reject) => {
      const { signal } = this.ended;
      const abort = () => {
        this.reader.close(); // no callback any more
        reject(signal.reason);
      };
      if (signal.aborted) return abort();
      signal.addEventListener("abort", abort, { once: true });
      this.reader.wait(seen, symbol, topics, timeoutMs * NS, (said) => {
        signal.removeEventListener("abort", abort);
        if (said === STOPPED) reject(new TickcacheError("the wait was stopped"));
        else resolve();
      });
    });
  }

  /** Waits until look() returns a value, and returns it. */
  async run({ look, symbol = null, topics = 0, timeout, describe }) {
    const deadline = performance.now() + timeout;
    for (;;) {
      const seen = this.reader.wakeWord();
      const found = look();
      if (found !== undefined) return found;
      this.#giveUpIfHopeless();
      const left = deadline - performance.now();
      if (left <= 0) throw new TimeoutError(`timeout after ${timeout} ms: ${describe()}`);
      await this.changed(seen, symbol, topics, left);
    }
  }

  #giveUpIfHopeless() {
    const [feed, reason] = this.reader.status();
    if (feed === "down" && reason === "auth_failed") {
      throw Object.assign(new FeedDown(whyDown(reason)), { reason });
    }
  }

  feedWords() {
    const [feed, reason] = this.reader.status();
    if (feed === "live") return "the feed is live";
    return this.reader.error() ?? (feed === "down" ? whyDown(reason) : `the feed is ${reason}`);
  }

  /** Rejects with NotSubscribed if the running tickcached does not subscribe to the channel. */
  async checkSubscribed(channel) {
    if (missing([channel], this.reader) === null) return;
    const { signal } = this.ended;
    await sleep(LOOK_MS, undefined, { signal }).catch(() => signal.throwIfAborted());
    const error = missing([channel], this.reader);
    if (error !== null) throw error;
  }
}

async function waitForPrice(waiter, symbol, { timeout, maxAge, live }) {
  const ticker = () => waiter.reader.ticker(symbol, maxAge * NS);
  await waiter.checkSubscribed(channelOfTicker(symbol));
  return waiter.run({
    symbol,
    timeout,
    look() {
      const [freshness, , row] = ticker();
      return row !== null && (freshness === "live" || !live) ? row[1] : undefined;
    },
    describe() {
      const [freshness, reason, row] = ticker();
      if (row === null) return `no price of ${symbol} yet; ${waiter.feedWords()}`;
      const { ageMs } = records.ticker(row, freshness, reason);
      return `${symbol} is ${freshness}: ${reason}, its price is ${(ageMs / 1000).toFixed(1)} s old`;
    },
  });
}

async function waitForOrder(waiter, orderId, { statuses, timeout }) {
  const updates = () =>
    waiter.reader
      .orders(1000, Infinity)[3]
      .filter((row) => row[1] === orderId);
  await waiter.checkSubscribed("orders");
  return waiter.run({
    topics: ORDERS,
    timeout,
    look() {
      const row = updates().reverse().find((each) => statuses.has(each[2]));
      return row && records.order(row);
    },
    describe() {
      const last = updates().pop();
      return `order ${orderId} ${last ? `is ${last[2]}` : "was never seen"}; ${waiter.feedWords()}`;
    },
  });
}

module.exports = { LOOK_MS, Waiter, waitForPrice, waitForOrder };
