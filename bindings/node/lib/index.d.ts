/**
 * Reads the latest prices of this machine's exchange feed, and tells you whether to trust them.
 *
 * Prices and amounts are strings: exact plain decimals with the exchange's digits. Convert them with
 * Number(). Times are ISO 8601 in UTC; ages, timeouts and `maxAge` are milliseconds. Values that the
 * exchange did not send are null.
 */

/** How far a value can be trusted. Only "live" is a promise. */
export type Freshness = "live" | "stale" | "down" | "missing";

/** The version of the library. */
export const version: string;

/** Where a record comes from: pushed by the exchange, requested, or made of ticks. */
export type Origin = "websocket" | "rest" | "ticks";

export interface Judged {
  readonly freshness: Freshness;
  /** Why it is not live; null if it is. */
  readonly reason: string | null;
}

interface Price {
  readonly symbol: string;
  readonly price: string;
  /** null for a snapshot. */
  readonly quantity: string | null;
  /** The exchange's time. */
  readonly timestamp: string | null;
  readonly isBuyerMaker: boolean | null;
  /** Since tickcached received it; of a snapshot, since it was requested. */
  readonly ageMs: number;
  /** Ticks of the symbol so far, without snapshots. */
  readonly updates: number;
  /** Not a tick, but a price that tickcached asked for because no tick brought it. */
  readonly snapshot: boolean;
  /** How much later it came than the fastest ticks; 0: none, or unknown. */
  readonly lagMs: number;
}

/** The latest price of a symbol. */
export interface Ticker extends Price, Judged {}

/** A tick of a stream, or a snapshot. */
export interface Tick extends Price {
  readonly kind: "tick";
  /** It came after a snapshot with a newer price. */
  readonly overtaken: boolean;
  /** Requested ticks that this program lost just before this one. */
  readonly missed: number;
}

/** An update of an order. */
export interface Order {
  /** Number of the update in the account, without gaps. */
  readonly position: number;
  readonly orderId: string;
  /** As the exchange sent it: pending, partially_filled, filled, cancelled, rejected … */
  readonly status: string;
  readonly symbol: string;
  readonly side: string | null;
  readonly type: string | null;
  readonly quantity: string | null;
  readonly price: string | null;
  readonly executedPrice: string | null;
  readonly executedQuantity: string | null;
  readonly fee: string | null;
  readonly filledAt: string | null;
  readonly cancelledAt: string | null;
  readonly rejectedReason: string | null;
  readonly ageMs: number;
  /** If set, updates since this time may be missing just before this one. */
  readonly gapSince: string | null;
  /** The message's data object as the exchange sent it; null if it was too long. */
  readonly dataJson: string | null;
  /** Another string was too long and is truncated. */
  readonly textCut: boolean;
  readonly origin: Origin | null;
}

export interface Candle {
  readonly symbol: string;
  readonly interval: string;
  readonly openTime: string;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  readonly volume: string | null;
  /** Whether the interval is over. */
  readonly closed: boolean;
  readonly ageMs: number;
  readonly origin: Origin | null;
  /** False if it was made of ticks and some of its interval may be missing. */
  readonly complete: boolean;
}

interface Account {
  readonly totalEquity: string | null;
  readonly availableCash: string | null;
  readonly unrealizedPnl: string | null;
  readonly realizedPnl: string | null;
  readonly roiPct: string | null;
  readonly timestamp: string | null;
  readonly ageMs: number;
  readonly origin: Origin | null;
}

export interface Portfolio extends Account, Judged {}

/** Records, oldest first, with the freshness and age of the newest. */
export interface Records<T> extends Array<T>, Judged {
  /** null if there are none. */
  readonly ageMs: number | null;
}

export interface Orders extends Records<Order> {
  /** If set, updates since this time may be missing after the newest. */
  readonly gapSince: string | null;
}

/** A subscription of tickcached. */
export interface Channel {
  /** "ticker:all", "ticker:BTCUSDT", "candles:BTCUSDT:1m", "candles:all:1m", "orders" or "portfolio" */
  readonly name: string;
  readonly state: "wanted" | "sent" | "acknowledged" | "refused" | "?";
  /** Why it is refused: the exchange's answer, or that nothing can bring it. */
  readonly why: string | null;
  /** Data messages in this run of the daemon. */
  readonly messages: number;
  readonly lastDataAgeMs: number | null;
}

/** The state of tickcached. */
export interface Status {
  /** "live" if it runs, is connected and receives ticks. */
  readonly feed: "live" | "stale" | "down";
  /** Why it is not live; null if it is. */
  readonly reason: string | null;
  /** The URL, without the key. */
  readonly upstream: string | null;
  readonly version: string | null;
  readonly pid: number | null;
  readonly startedAt: string | null;
  readonly heartbeatAgeMs: number | null;
  readonly keyAccepted: boolean;
  readonly symbols: number;
  readonly orders: number;
  readonly portfolios: number;
  readonly messages: number;
  readonly ticks: number;
  readonly rejected: number;
  /** Since the exchange, asked, had the stored prices; null: never, or no daemon. */
  readonly verifiedAgeMs: number | null;
  /** The age up to which that is valid. */
  readonly verifiedForMs: number;
  /** Delay of the newest tick, compared with the fastest ones; 0: none, or unknown. With `hops`: how late the
   *  origin's messages are, at most. */
  readonly lagMs: number;
  /** Machines between the exchange and this one, as of a feed that comes by Redis; 0: none. */
  readonly hops: number;
  readonly channels: Channel[];
}

/** An event of a stream with `channels`. */
export type Event =
  | Tick
  | (Candle & { readonly kind: "candle"; readonly missed: number })
  | (Order & { readonly kind: "order"; readonly missed: number })
  | (Account & { readonly kind: "portfolio"; readonly missed: number })
  | { readonly kind: "status"; readonly feed: "live" | "stale" | "down"; readonly reason: string | null }
  | {
      /** Records may be missing between the last event of the channel and the next. */
      readonly kind: "gap";
      readonly channel: "ticker" | "candles" | "orders" | "portfolio" | "?";
      readonly cause: "lapped" | "reconnected" | "restarted" | "not_stored" | "?";
      readonly symbol: string | null;
      readonly interval: string | null;
      /** Overwritten because this program was too slow; 0: unknown. */
      readonly missed: number;
    };

/** What a stream receives beside ticks: also "candles:BTCUSDT:1m", closed candles only. */
export type StreamChannel = "orders" | "portfolio" | "status" | "gaps" | `candles:${string}:${string}`;

export interface PriceOptions {
  /** Older prices are stale. */
  maxAge?: number;
  /** false: the last price, even if it is not live. */
  live?: boolean;
}

export interface AgeOptions {
  /** Older values are stale. */
  maxAge?: number;
}

export interface WaitOptions {
  /** Without it, the wait has no end. */
  timeout?: number;
  /** Ends the wait; it rejects with the signal's reason. */
  signal?: AbortSignal;
}

export interface StreamOptions {
  /** Ends the stream; the loop throws the signal's reason. */
  signal?: AbortSignal;
  /** A loop that is too slow gets only each symbol's newest tick. */
  latest?: boolean;
}

/** Events from now on, in order, each once. For one loop, which ends it by leaving. */
export interface Stream<T> extends AsyncIterableIterator<T> {
  /** Records that were lost because the loop was too slow. */
  readonly missed: number;
  /** Ends the loop. */
  close(): void;
}

/**
 * Reads the shared memory of one tickcached. Create it once and keep it. It may be created before the
 * daemon runs, and follows the daemon across restarts.
 */
export class Cache {
  /**
   * `segment`: its name; by default the environment variable TICKCACHE_SEGMENT, or "tickcache".
   * Throws NoSegment if it exists but cannot be used.
   */
  constructor(options?: { segment?: string });
  /** The name of the shared memory segment. */
  readonly segment: string;

  /**
   * The exact price; undefined for a symbol that was never seen. Throws StalePrice or FeedDown if the
   * price is not live.
   */
  price(symbol: string, options?: PriceOptions): string | undefined;
  /** The nearest number, otherwise as price(). */
  priceNumber(symbol: string, options?: PriceOptions): number | undefined;
  /** The latest price with its time, age and freshness; undefined for a symbol that was never seen.
   * Throws FeedDown only if there is no price and the feed is down. */
  ticker(symbol: string, options?: AgeOptions): Ticker | undefined;
  /** Every symbol whose price is live, with its exact price. Throws FeedDown if the feed is down. */
  prices(options?: PriceOptions): Map<string, string>;
  /** The newest `n` (100) order updates, oldest first. Throws NoSegment. */
  orders(n?: number, options?: AgeOptions): Orders;
  /** The newest update of an order. Throws NoSegment. */
  order(orderId: string): Order | undefined;
  /** The newest portfolio snapshot. Throws NoSegment. */
  portfolio(options?: AgeOptions): Portfolio | undefined;
  /** The newest `n` (100) candles, oldest first; the last may be open. Throws NoSegment, and
   * NotSubscribed if tickcached does not subscribe to them. */
  candles(symbol: string, interval: string, n?: number, options?: AgeOptions): Records<Candle>;
  /** The state of tickcached; if it does not run, `feed` is "down". */
  status(): Status;

  /**
   * Every tick and snapshot of the symbols, or of "all", from now on. The loop throws NotSubscribed if
   * tickcached does not subscribe to them.
   */
  stream(symbols: string | Iterable<string>, options?: StreamOptions): Stream<Tick>;
  /** The same with orders, candles and so on; tell them apart by `kind`. */
  stream(
    symbols: string | Iterable<string>,
    options: StreamOptions & { channels: readonly StreamChannel[] },
  ): Stream<Event>;

  /**
   * Resolves with the price as soon as it is live and not older than `maxAge`; with `live: false`, as
   * soon as there is one. Rejects with TimeoutError, with NotSubscribed if tickcached does not
   * subscribe to the symbol, and with FeedDown if the exchange rejected the API key or suspended the
   * account.
   */
  waitForPrice(symbol: string, options?: WaitOptions & PriceOptions): Promise<string>;
  /** Resolves with the update of an order that has `status`, one or any of several; by default its end.
   * An update already stored counts. Rejects as waitForPrice(). */
  waitForOrder(
    orderId: string,
    options?: WaitOptions & { status?: string | Iterable<string> },
  ): Promise<Order>;

  /** Frees the memory, and ends its waits and streams. */
  close(): void;
}

/** Base class of tickcache's errors. */
export class TickcacheError extends Error {}

/** No price can be trusted. */
export class NotLive extends TickcacheError {
  /** As the caller wrote it; null for lookups of all symbols. */
  readonly symbol: string | null;
  /** The last price; null if there is none. */
  readonly price: string | null;
  /** Of that price. */
  readonly ageMs: number | null;
  readonly freshness: "stale" | "down";
  /** "reconnecting", "silent", "heartbeat_lost" …, as in `tickcache status --json`. */
  readonly reason: string;
}

/** tickcached runs, but this may not be the latest price. */
export class StalePrice extends NotLive {}
/** tickcached does not run, so new prices go unnoticed. */
export class FeedDown extends NotLive {}
/** The shared memory segment does not exist or cannot be used. */
export class NoSegment extends FeedDown {}
/** tickcached does not subscribe to the requested data. */
export class NotSubscribed extends TickcacheError {}
/** A wait took longer than its `timeout`. */
export class TimeoutError extends TickcacheError {}
