// The tools: what a model reads about them, and the form of what they take and give.
import * as z from "zod";

import * as answers from "./answers.mjs";
import { WAITS } from "./waits.mjs";

const SYMBOL = "Symbol as you know it: BTCUSDT, btc, BTC-USDT and btc/usdt all work.";
const MAX_AGE = z
  .number()
  .min(0)
  .describe("Treat a price that is older than this as not live (milliseconds).");

const text = z.string();
const amount = z.string().describe("Exact decimal.");
const maybe = (schema) => schema.nullable();

/** In every answer. */
const judged = {
  freshness: z
    .enum(["live", "stale", "down", "missing"])
    .describe(
      "Only live is current. stale: may be out of date. down: no prices are received. missing: there is none.",
    ),
  reason: maybe(text).describe("Why it is not live; null if it is."),
  age_ms: maybe(z.number()).describe("Milliseconds since it was received."),
};

/** In the answer to something that cannot be answered. */
const failed = {
  error: text.optional(),
  candidates: z.array(text).optional().describe("Symbols that may be meant."),
};

const price = z.object({
  symbol: text,
  price: maybe(amount),
  ...judged,
  timestamp: maybe(text).optional().describe("The exchange's time, UTC."),
  snapshot: z.boolean().optional().describe("Requested from the exchange, as no trade brought it."),
  ...failed,
});

const candle = z.object({
  open_time: text,
  open: amount,
  high: amount,
  low: amount,
  close: amount,
  volume: maybe(amount),
  closed: z.boolean().describe("False: the interval is not over."),
  complete: z.boolean().describe("False: part of the interval may be missing."),
});

const order = z.object({
  order_id: text,
  status: text,
  symbol: text,
  side: maybe(text),
  type: maybe(text),
  quantity: maybe(amount),
  price: maybe(amount),
  executed_price: maybe(amount),
  executed_quantity: maybe(amount),
  fee: maybe(amount),
  filled_at: maybe(text),
  cancelled_at: maybe(text),
  rejected_reason: maybe(text),
  age_ms: z.number(),
  gap_since: maybe(text).describe("If set, updates between this time and this one may be missing."),
  origin: maybe(text),
});

const timeout = z
  .number()
  .positive()
  .max(WAITS.longestSeconds)
  .default(WAITS.usualSeconds)
  .describe(`Give up after this many seconds (at most ${WAITS.longestSeconds}).`);

const met = z
  .boolean()
  .optional()
  .describe("Whether what you waited for has happened; false after the timeout.");

function count(most, usual, what) {
  return z.number().int().min(1).max(most).default(usual).describe(`At most this many ${what}.`);
}

/** Of each: name, what a model reads, the fields of arguments and data, and run(), from answers.mjs. */
export const TOOLS = [
  {
    name: "get_prices",
    title: "Current prices",
    description:
      "Current prices of one or several symbols, from a live feed of the exchange, at no cost. Each says" +
      " whether it is live. Never present a price that is not live as the current one.",
    input: { symbols: z.array(text).min(1).max(100).describe(SYMBOL), max_age_ms: MAX_AGE.optional() },
    output: { ...judged, prices: z.array(price).optional(), ...failed },
    run: answers.getPrices,
  },
  {
    name: "search_symbols",
    title: "Find symbols",
    description:
      "Which symbols there are: all, or those that match a search by abbreviation (btc, eth). Names such as" +
      " bitcoin are not known.",
    input: {
      query: text.default("").describe("Part of the symbol; empty: all."),
      limit: count(1000, 50, "symbols"),
    },
    output: { ...judged, total: z.number().optional(), symbols: z.array(text).optional(), ...failed },
    run: answers.searchSymbols,
  },
  {
    name: "get_candles",
    title: "Candles",
    description:
      "The latest candles (open, high, low, close, volume) of a symbol, oldest first. Only the symbols and" +
      " intervals that the user has subscribed to; feed_status lists them as candles:SYMBOL:INTERVAL.",
    input: {
      symbol: text.describe(SYMBOL),
      interval: text.default("1m").describe("1m, 5m, 15m, 1h, 4h, 1d …"),
      limit: count(500, 50, "candles"),
    },
    output: {
      ...judged,
      symbol: text.optional(),
      interval: text.optional(),
      candles: z.array(candle).optional(),
      ...failed,
    },
    run: answers.getCandles,
  },
  {
    name: "get_orders",
    title: "Order updates",
    description:
      "The newest updates of the user's orders, oldest first: an order appears once for each change of its" +
      " status. The last 127 are kept. Read only: orders cannot be placed.",
    input: {
      limit: count(127, 20, "updates"),
      symbol: text.optional().describe(`Only of this symbol. ${SYMBOL}`),
      order_id: text.optional().describe("Only of this order."),
      status: text
        .optional()
        .describe("Only with this status: pending, partially_filled, filled, cancelled, rejected, expired."),
    },
    output: { ...judged, gap_since: maybe(text).optional(), orders: z.array(order).optional(), ...failed },
    run: answers.getOrders,
  },
  {
    name: "get_portfolio",
    title: "Portfolio",
    description: "The user's account: equity, cash, profit and loss. Amounts are in the account's currency.",
    input: {},
    output: {
      ...judged,
      ...Object.fromEntries(
        ["total_equity", "available_cash", "unrealized_pnl", "realized_pnl", "roi_pct"].map((key) => [
          key,
          maybe(amount).optional(),
        ]),
      ),
      timestamp: maybe(text).optional(),
      origin: maybe(text).optional(),
      ...failed,
    },
    run: answers.getPortfolio,
  },
  {
    name: "feed_status",
    title: "State of the feed",
    description:
      "Whether prices are being received, since when, and which data the user has subscribed to. Ask this" +
      " when something is not live.",
    input: {},
    output: {
      ...judged,
      segment: text.optional().describe("Name of the shared memory."),
      upstream: maybe(text).optional(),
      version: maybe(text).optional(),
      pid: maybe(z.number()).optional(),
      started_at: maybe(text).optional(),
      heartbeat_age_ms: maybe(z.number()).optional(),
      key_accepted: z.boolean().optional().describe("Whether the exchange accepted the API key."),
      ...Object.fromEntries(
        [
          ...["symbols", "orders", "portfolios", "messages", "ticks", "rejected", "verified_for_ms", "lag_ms"],
          "hops",
        ].map((key) => [key, z.number().optional()]),
      ),
      verified_age_ms: maybe(z.number())
        .optional()
        .describe("Since the exchange, asked, had the same prices."),
      channels: z
        .array(
          z.object({
            name: text,
            state: text,
            why: maybe(text),
            messages: z.number(),
            last_data_age_ms: maybe(z.number()),
          }),
        )
        .optional(),
      ...failed,
    },
    run: answers.feedStatus,
  },
  {
    name: "wait_for_price",
    title: "Wait for a price",
    description:
      "Wait until a symbol's price is live and, if you say so, above or below a limit; answers at once if it" +
      " is already. With a timeout: if it has not happened by then, the answer says so, and you may call again.",
    input: {
      symbol: text.describe(SYMBOL),
      above: z.number().optional().describe("Until the price is greater than this."),
      below: z.number().optional().describe("Until the price is less than this."),
      max_age_ms: MAX_AGE.optional(),
      timeout_s: timeout,
    },
    output: { met, ...price.partial().shape, ...judged },
    run: answers.priceWaitedFor,
  },
  {
    name: "wait_for_order",
    title: "Wait for an order",
    description:
      "Wait until one of the user's orders has a status: by default until it has ended. An update that came" +
      " before counts if it is still among those of get_orders. With a timeout: if it has not happened by then," +
      " the answer says so, and you may call again.",
    input: {
      order_id: text.min(1).describe("The order's id, from get_orders."),
      status: z.array(text).min(1).default(WAITS.ended).describe("Any of these."),
      timeout_s: timeout,
    },
    output: { met, ...judged, order: maybe(order).optional(), ...failed },
    run: answers.orderWaitedFor,
  },
];
