// The tools: what a model reads about them, and what they answer.
import * as z from "zod";

import { search } from "./symbols.mjs";
import { waitForOrder, waitForPrice, WAITS } from "./waits.mjs";
import { duration, ofData, ofNothing, ofPrice } from "./words.mjs";
import { Unanswerable } from "./market.mjs";

const SYMBOL = "Symbol as you know it: BTCUSDT, btc, BTC-USDT and btc/usdt all work.";
const MAX_AGE = z.number().min(0).describe("Treat a price that is older than this as not live (milliseconds).");

const text = z.string();
const amount = z.string().describe("Exact decimal.");
const maybe = (schema) => schema.nullable();

/** In every answer. */
const judged = {
  freshness: z
    .enum(["live", "stale", "down", "missing"])
    .describe("Only live is current. stale: may be out of date. down: no prices are received. missing: there is none."),
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

const met = z.boolean().optional().describe("Whether what you waited for has happened; false after the timeout.");

function count(most, usual, what) {
  return z.number().int().min(1).max(most).default(usual).describe(`At most this many ${what}.`);
}

/** The answer of a tool: text for the model, and the same as data. */
function answer(lines, structuredContent) {
  const content = [{ type: "text", text: [lines].flat().join("\n") }];
  return { content, structuredContent };
}

/** The least trustworthy of several, and of those the oldest. */
function worst(values) {
  const rank = ({ freshness, age_ms: age }) => [["live", "missing", "stale", "down"].indexOf(freshness), age ?? 0];
  const [first] = values.map((value) => [rank(value), value]).sort(([a], [b]) => b[0] - a[0] || b[1] - a[1]);
  const { freshness, reason, age_ms } = first[1];
  return { freshness, reason, age_ms };
}

function getPrices({ symbols, max_age_ms: maxAge }, { market }) {
  const known = market.symbols();
  if (known.length === 0) market.symbol(symbols[0], known); // throws
  const prices = symbols.map((asked) => {
    try {
      const ticker = market.ticker(market.symbol(asked, known), maxAge);
      return { ticker, line: ofPrice(ticker, maxAge) };
    } catch (error) {
      if (!(error instanceof Unanswerable)) throw error;
      return { ticker: { symbol: asked, price: null, ...error.facts, error: error.message }, line: error.message };
    }
  });
  // Whoever reads only the beginning must not miss what is not live.
  const lines = [...prices.filter(({ ticker }) => ticker.freshness !== "live"), ...prices.filter(({ ticker }) => ticker.freshness === "live")];
  const found = prices.map(({ ticker }) => ticker);
  const result = answer(lines.map(({ line }) => line), { ...worst(found), prices: found });
  return found.every((ticker) => ticker.price === null) ? { ...result, isError: true } : result;
}

function searchSymbols({ query, limit }, { market }) {
  const known = market.symbols();
  const feed = market.feed();
  const all = query.trim() === "";
  const found = all ? known : search(query, known);
  const symbols = found.slice(0, limit);
  const lines = [];
  if (known.length === 0) lines.push(ofNothing("price", feed));
  else if (feed.freshness !== "live") lines.push(ofData("prices", "are", feed));
  const which = all ? "Symbols" : `Symbols that match ${JSON.stringify(query)}`;
  const part = found.length > symbols.length ? `; these are the first ${symbols.length}` : "";
  if (found.length > 0) lines.push(`${which} (${found.length}${part}): ${symbols.join(", ")}`);
  else if (known.length > 0) lines.push(`No symbol matches ${JSON.stringify(query)}. Symbols are abbreviations such as btc.`);
  return answer(lines, { ...feed, total: found.length, symbols });
}

function getCandles({ symbol: asked, interval, limit }, { market }) {
  const symbol = market.symbol(asked);
  const { candles, ...rest } = market.candles(symbol, interval, limit);
  const lines = candles.map(
    (each) =>
      `${each.open_time} open ${each.open} high ${each.high} low ${each.low} close ${each.close} volume ${each.volume ?? "unknown"}` +
      `${each.closed ? "" : " (not over)"}${each.complete ? "" : " (part may be missing)"}`,
  );
  const title =
    candles.length === 0 ? `No ${interval} candle of ${symbol} has come yet.` : ofData(`the ${interval} candles of ${symbol}`, "are", rest);
  return answer([title, `Candles (${candles.length}, oldest first):`, ...lines], { symbol, interval, ...rest, candles });
}

function describeOrder(each) {
  const parts = [
    `${each.order_id}: ${each.status},`,
    each.side,
    each.type,
    each.quantity,
    each.symbol,
    each.price === null ? null : `at ${each.price}`,
    each.executed_quantity === null ? null : `executed ${each.executed_quantity} at ${each.executed_price}`,
    each.rejected_reason === null ? null : `because ${each.rejected_reason}`,
    `(${duration(each.age_ms)} ago)`,
  ];
  return parts.filter((part) => part !== null).join(" ");
}

function getOrders({ limit, symbol: asked, order_id: orderId, status }, { market }) {
  market.checkChannel("orders");
  const symbol = asked === undefined ? undefined : market.symbol(asked);
  const { orders, ...rest } = market.orders(
    limit,
    (each) =>
      (symbol === undefined || each.symbol === symbol) &&
      (orderId === undefined || each.orderId === orderId) &&
      (status === undefined || each.status === status),
  );
  const lines = [ofData("order updates", "are", rest)];
  if (rest.gap_since !== null) lines.push(`Updates since ${rest.gap_since} may be missing.`);
  lines.push(orders.length === 0 ? "No such order update." : `Updates (${orders.length}, oldest first):`);
  return answer([...lines, ...orders.map(describeOrder)], { ...rest, orders });
}

function getPortfolio(_, { market }) {
  market.checkChannel("portfolio");
  const portfolio = market.portfolio();
  if (portfolio === null) {
    const feed = market.feed();
    throw new Unanswerable(ofNothing("portfolio", feed), feed.freshness === "live" ? { reason: "not_received" } : feed);
  }
  const names = { total_equity: "equity", available_cash: "available cash", unrealized_pnl: "unrealised profit", realized_pnl: "realised profit", roi_pct: "return in percent" };
  const lines = Object.entries(names).map(([key, name]) => `${name}: ${portfolio[key] ?? "not sent by the exchange"}`);
  return answer([ofData("the portfolio", "is", portfolio), ...lines], portfolio);
}

function feedStatus(_, { market }) {
  const feed = market.feed();
  const status = { ...market.status(), ...feed };
  const lines = [
    status.symbols > 0 ? ofData("prices", "are", feed) : ofNothing("price", feed),
    `tickcached ${status.version}, started ${status.started_at}, exchange ${status.upstream}`,
    `${status.symbols} symbols, ${status.ticks} ticks, ${status.orders} order updates, ${status.portfolios} portfolios`,
    ...status.channels.map(
      ({ name, state, why, last_data_age_ms: age }) =>
        `${name}: ${state}${why === null ? "" : `, ${why}`}${age === null ? "" : `, last received ${duration(age)} ago`}`,
    ),
  ];
  return answer(lines, status);
}

/** name, what a model reads, the schemas, run(arguments, { market, signal, progress }). */
export const TOOLS = [
  {
    name: "get_prices",
    title: "Current prices",
    description:
      "Current prices of one or several symbols, from a live feed of the exchange, at no cost. Each says whether it is live." +
      " Never present a price that is not live as the current one.",
    input: { symbols: z.array(text).min(1).max(100).describe(SYMBOL), max_age_ms: MAX_AGE.optional() },
    output: { ...judged, prices: z.array(price).optional(), ...failed },
    run: getPrices,
  },
  {
    name: "search_symbols",
    title: "Find symbols",
    description: "Which symbols there are: all, or those that match a search by abbreviation (btc, eth). Names such as bitcoin are not known.",
    input: { query: text.default("").describe("Part of the symbol; empty: all."), limit: count(1000, 50, "symbols") },
    output: { ...judged, total: z.number().optional(), symbols: z.array(text).optional(), ...failed },
    run: searchSymbols,
  },
  {
    name: "get_candles",
    title: "Candles",
    description:
      "The latest candles (open, high, low, close, volume) of a symbol, oldest first. Only the symbols and intervals that the" +
      " user has subscribed to; feed_status lists them as candles:SYMBOL:INTERVAL.",
    input: {
      symbol: text.describe(SYMBOL),
      interval: text.default("1m").describe("1m, 5m, 15m, 1h, 4h, 1d …"),
      limit: count(500, 50, "candles"),
    },
    output: { ...judged, symbol: text.optional(), interval: text.optional(), candles: z.array(candle).optional(), ...failed },
    run: getCandles,
  },
  {
    name: "get_orders",
    title: "Order updates",
    description:
      "The newest updates of the user's orders, oldest first: an order appears once for each change of its status. The last 127" +
      " are kept. Read only: orders cannot be placed.",
    input: {
      limit: count(127, 20, "updates"),
      symbol: text.optional().describe(`Only of this symbol. ${SYMBOL}`),
      order_id: text.optional().describe("Only of this order."),
      status: text.optional().describe("Only with this status: pending, partially_filled, filled, cancelled, rejected, expired."),
    },
    output: { ...judged, gap_since: maybe(text).optional(), orders: z.array(order).optional(), ...failed },
    run: getOrders,
  },
  {
    name: "get_portfolio",
    title: "Portfolio",
    description: "The user's account: equity, cash, profit and loss. Amounts are in the account's currency.",
    input: {},
    output: {
      ...judged,
      ...Object.fromEntries(
        ["total_equity", "available_cash", "unrealized_pnl", "realized_pnl", "roi_pct"].map((key) => [key, maybe(amount).optional()]),
      ),
      timestamp: maybe(text).optional(),
      origin: maybe(text).optional(),
      ...failed,
    },
    run: getPortfolio,
  },
  {
    name: "feed_status",
    title: "State of the feed",
    description: "Whether prices are being received, since when, and which data the user has subscribed to. Ask this when something is not live.",
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
        ["symbols", "orders", "portfolios", "messages", "ticks", "rejected", "verified_for_ms", "lag_ms"].map((key) => [key, z.number().optional()]),
      ),
      verified_age_ms: maybe(z.number()).optional().describe("Since the exchange, asked, had the same prices."),
      channels: z
        .array(z.object({ name: text, state: text, why: maybe(text), messages: z.number(), last_data_age_ms: maybe(z.number()) }))
        .optional(),
      ...failed,
    },
    run: feedStatus,
  },
  {
    name: "wait_for_price",
    title: "Wait for a price",
    description:
      "Wait until a symbol's price is live and, if you say so, above or below a limit; answers at once if it is already." +
      " With a timeout: if it has not happened by then, the answer says so, and you may call again.",
    input: {
      symbol: text.describe(SYMBOL),
      above: z.number().optional().describe("Until the price is greater than this."),
      below: z.number().optional().describe("Until the price is less than this."),
      max_age_ms: MAX_AGE.optional(),
      timeout_s: timeout,
    },
    output: { met, ...judged, ...Object.fromEntries(Object.entries(price.shape).filter(([key]) => !(key in judged)).map(([key, schema]) => [key, schema.optional()])) },
    run: async (args, context) => {
      const { ticker, ...end } = await waitForPrice({ ...args, symbol: context.market.symbol(args.symbol) }, context);
      const line = ofPrice(ticker, args.max_age_ms);
      return answer(end.met ? [line] : [line, `TIMED OUT after ${args.timeout_s} s without ${end.wanted}.`], { met: end.met, ...ticker });
    },
  },
  {
    name: "wait_for_order",
    title: "Wait for an order",
    description:
      "Wait until one of the user's orders has a status: by default until it has ended. An update that came before counts" +
      " if it is still among those of get_orders." +
      " With a timeout: if it has not happened by then, the answer says so, and you may call again.",
    input: {
      order_id: text.min(1).describe("The order's id, from get_orders."),
      status: z.array(text).min(1).default(WAITS.ended).describe("Any of these."),
      timeout_s: timeout,
    },
    output: { met, ...judged, order: maybe(order).optional(), ...failed },
    run: async (args, context) => {
      context.market.checkChannel("orders");
      const { order: found, met: happened, ...state } = await waitForOrder(args, context);
      const lines = state.freshness === "live" ? [] : [ofData("order updates", "are", state)];
      lines.push(found === null ? `No update of order ${args.order_id} has come.` : describeOrder(found));
      if (!happened) lines.push(`TIMED OUT after ${args.timeout_s} s: it is not ${args.status.join(" or ")}.`);
      return answer(lines, { met: happened, ...state, order: found });
    },
  },
];
