// The latest price of each symbol, with what this page has seen of it.
const HISTORY_SECONDS = 300;
const TREND_SECONDS = 60;
const RATE_SECONDS = 5;
const FLASH_MS = 150;
const FADE_MS = 450;

/** From best to worst. */
const FRESHNESS = ['live', 'stale', 'down', 'missing'];

/** The price at the end of each of the latest seconds. */
class History {
  constructor() {
    this.values = new Float64Array(HISTORY_SECONDS);
    this.end = 0; // where the next value goes
    this.size = 0;
  }

  push(value) {
    this.values[this.end] = value;
    this.end = (this.end + 1) % HISTORY_SECONDS;
    this.size = Math.min(this.size + 1, HISTORY_SECONDS);
  }

  /** The value `count` values ago, or the oldest there is. */
  oldest(count) {
    const size = Math.min(count, this.size);
    return this.values[(this.end - size + HISTORY_SECONDS) % HISTORY_SECONDS];
  }

  /** The newest `count` at most, oldest first. */
  latest(count) {
    const size = Math.min(count, this.size);
    return Array.from({length: size}, (_, i) => this.oldest(size - i));
  }
}

class Quote {
  constructor(symbol) {
    this.symbol = symbol;
    this.price = null; // exact text
    this.value = NaN;
    this.first = NaN; // when the page was opened
    this.quantity = null;
    this.timestamp = null;
    this.receivedAt = 0; // by now()
    this.freshness = 'stale'; // until the relay has said more
    this.reason = null;
    this.updates = 0;
    this.snapshot = false;
    this.lag = null;
    this.tickedAt = -Infinity; // when the stream last brought a price
    this.direction = 0;
    this.changedAt = -Infinity;
    this.history = new History();
    this.counts = []; // updates, once a second
  }

  get hasPrice() {
    return this.price !== null;
  }

  get age() {
    return now() - this.receivedAt;
  }

  /** In percent, since the page was opened. */
  get change() {
    return (this.value / this.first - 1) * 100;
  }

  /** In percent, over what the trend shows. */
  get trend() {
    return (this.value / this.history.oldest(TREND_SECONDS) - 1) * 100;
  }

  /** After a change: "up" or "down", then the same, fading. In steps, which cost no frames between. */
  get flash() {
    const since = now() - this.changedAt;
    if (since > FADE_MS) return 'none';
    return `${this.direction > 0 ? 'up' : 'down'}${since > FLASH_MS ? ' fading' : ''}`;
  }

  get ticksPerSecond() {
    if (this.counts.length < 2) return null;
    const grown = this.counts.at(-1) - this.counts[0];
    return grown < 0 ? null : grown / (this.counts.length - 1);
  }

  setPrice(record) {
    const value = Number(record.price);
    if (Number.isNaN(this.first)) this.first = value;
    if (value !== this.value && !Number.isNaN(this.value)) {
      this.direction = value > this.value ? 1 : -1;
      this.changedAt = now();
    }
    this.value = value;
    this.price = record.price;
    this.quantity = record.quantity;
    this.timestamp = record.timestamp;
    this.receivedAt = now() - record.age_ms;
    this.updates = record.updates;
    this.snapshot = record.snapshot;
    this.lag = record.lag_ms;
  }

  /** Call once for each second that passed. */
  sample() {
    if (!this.hasPrice) return;
    this.history.push(this.value);
    this.counts.push(this.updates);
    if (this.counts.length > RATE_SECONDS + 1) this.counts.shift();
  }
}

const quotes = new Map();
let sampledAt = now();

function quoteOf(symbol) {
  let quote = quotes.get(symbol);
  if (!quote) {
    quote = new Quote(symbol);
    quotes.set(symbol, quote);
  }
  return quote;
}

/** Takes over a record of /v1/prices, or an event "price", that was asked for at `askedAt`. */
function takePrice(record, askedAt) {
  const quote = quoteOf(record.symbol);
  quote.freshness = record.freshness;
  quote.reason = record.reason;
  // The stream may have brought a newer price while the answer was on its way.
  const overtaken = quote.tickedAt > askedAt && record.updates <= quote.updates;
  if (record.price !== null && !overtaken) quote.setPrice(record);
}

/** Takes over every record; symbols that have none any more are missing. */
function takePrices(records, askedAt) {
  const seen = new Set();
  for (const record of records) {
    seen.add(record.symbol);
    takePrice(record, askedAt);
  }
  for (const quote of quotes.values()) {
    if (seen.has(quote.symbol) || quote.tickedAt > askedAt) continue;
    quote.freshness = 'missing';
    quote.reason = 'never_seen';
  }
}

/**
 * Takes over an event "ticker". A tick that a newer price overtook is a trade, not a price; and a stream
 * that resumes repeats ticks from before the last poll.
 */
function takeTick(tick) {
  const quote = quoteOf(tick.symbol);
  if (tick.overtaken || tick.updates < quote.updates) return;
  quote.tickedAt = now();
  quote.setPrice(tick);
}

function sampleQuotes() {
  const passed = Math.floor((now() - sampledAt) / SECOND);
  sampledAt += passed * SECOND;
  for (let i = 0; i < Math.min(passed, HISTORY_SECONDS); ++i) {
    for (const quote of quotes.values()) quote.sample();
  }
  return passed > 0;
}

/** The worse of both: a quote is never better than its feed. */
function worse(quote, feed) {
  return FRESHNESS.indexOf(feed.freshness) > FRESHNESS.indexOf(quote.freshness) ? feed : quote;
}
