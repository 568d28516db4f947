// Tells which prices have changed, at most once a second.

const INTERVAL_MS = 1000;

export class Updates {
  #market;
  #listeners = new Set();
  #timer = null;
  /** Of each symbol, what a change would change. */
  #seen = new Map();

  constructor(market) {
    this.#market = market;
  }

  /** Calls changed(symbols), a set, from now on; returns a function that ends it. */
  subscribe(changed) {
    this.#listeners.add(changed);
    if (this.#timer === null) {
      this.#changes();
      this.#timer = setInterval(() => this.#tell(), INTERVAL_MS).unref();
    }
    return () => {
      this.#listeners.delete(changed);
      if (this.#listeners.size > 0 || this.#timer === null) return;
      clearInterval(this.#timer);
      this.#timer = null;
    };
  }

  #tell() {
    const changed = this.#changes();
    if (changed.size === 0) return;
    for (const listener of this.#listeners) listener(changed);
  }

  #changes() {
    const changed = new Set();
    for (const symbol of this.#market.symbols()) {
      const { price, updates, freshness, reason } = this.#market.cache.ticker(symbol);
      const now = `${price} ${updates} ${freshness} ${reason}`;
      if (this.#seen.get(symbol) !== now) changed.add(symbol);
      this.#seen.set(symbol, now);
    }
    return changed;
  }
}
