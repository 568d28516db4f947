// What the tools answer: text for the model, and the same as data. Each gets the arguments and
// { market, signal, progress }.
import { Unanswerable } from "./market.mjs";
import { search } from "./symbols.mjs";
import { waitForOrder, waitForPrice } from "./waits.mjs";
import { ABBREVIATIONS, duration, ofData, ofNothing, ofPrice } from "./words.mjs";

function answer(lines, structuredContent) {
  const content = [{ type: "text", text: [lines].flat().join("\n") }];
  return { content, structuredContent };
}

const TRUST = ["live", "missing", "stale", "down"];

/** How far the least trustworthy can be trusted; of several, the oldest. */
function worst(values) {
  const rank = ({ freshness, age_ms: age }) =>
    TRUST.indexOf(freshness) * Number.MAX_SAFE_INTEGER + (age ?? 0);
  const { freshness, reason, age_ms } = values.reduce((one, other) =>
    rank(other) > rank(one) ? other : one,
  );
  return { freshness, reason, age_ms };
}

/** A price as data, with its line of text. */
function priceOf(asked, known, maxAge, market) {
  try {
    const price = market.ticker(market.symbol(asked, known), maxAge);
    return { price, line: ofPrice(price, maxAge) };
  } catch (error) {
    if (!(error instanceof Unanswerable)) throw error;
    const price = { symbol: asked, price: null, ...error.facts, error: error.message };
    return { price, line: error.message };
  }
}

export function getPrices({ symbols, max_age_ms: maxAge }, { market }) {
  const known = market.symbols();
  if (known.length === 0) market.symbol(symbols[0], known); // throws
  const found = symbols.map((asked) => priceOf(asked, known, maxAge, market));
  // What is not live comes first, for those who read no further.
  const isLive = ({ price }) => price.freshness === "live";
  const lines = [...found.filter((each) => !isLive(each)), ...found.filter(isLive)].map(({ line }) => line);
  const prices = found.map(({ price }) => price);
  const isError = prices.every(({ price }) => price === null);
  return { ...answer(lines, { ...worst(prices), prices }), isError };
}

export function searchSymbols({ query, limit }, { market }) {
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
  else if (known.length > 0) lines.push(`No symbol matches ${JSON.stringify(query)}. ${ABBREVIATIONS}`);
  return answer(lines, { ...feed, total: found.length, symbols });
}

export function getCandles({ symbol: asked, interval, limit }, { market }) {
  const symbol = market.symbol(asked);
  const { candles, ...rest } = market.candles(symbol, interval, limit);
  const lines = candles.map(
    ({ open_time, open, high, low, close, volume, closed, complete }) =>
      `${open_time} open ${open} high ${high} low ${low} close ${close} volume ${volume ?? "unknown"}` +
      `${closed ? "" : " (not over)"}${complete ? "" : " (part may be missing)"}`,
  );
  if (lines.length > 0) lines.unshift(`Candles (${lines.length}, oldest first):`);
  lines.unshift(ofData(`the ${interval} candles of ${symbol}`, "are", rest));
  return answer(lines, { symbol, interval, ...rest, candles });
}

function describeOrder(each) {
  const { order_id: id, status, side, type, quantity, symbol, price, age_ms: age } = each;
  const { executed_quantity: executed, executed_price: at, rejected_reason: why } = each;
  const parts = [`${id}: ${status},`, side, type, quantity, symbol];
  if (price !== null) parts.push(`at ${price}`);
  if (executed !== null) parts.push(`executed ${executed} at ${at ?? "an unknown price"}`);
  if (why !== null) parts.push(`because ${why}`);
  return [...parts, `(${duration(age)} ago)`].filter((part) => part !== null).join(" ");
}

export function getOrders({ limit, symbol: asked, order_id: orderId, status }, { market }) {
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

export function getPortfolio(_, { market }) {
  market.checkChannel("portfolio");
  const portfolio = market.portfolio();
  if (portfolio === null) {
    const feed = market.feed();
    const facts = feed.freshness === "live" ? { reason: "not_received" } : feed;
    throw new Unanswerable(ofNothing("portfolio", feed), facts);
  }
  const names = {
    total_equity: "equity",
    available_cash: "available cash",
    unrealized_pnl: "unrealised profit",
    realized_pnl: "realised profit",
    roi_pct: "return in percent",
  };
  const lines = Object.entries(names).map(
    ([key, name]) => `${name}: ${portfolio[key] ?? "not sent by the exchange"}`,
  );
  return answer([ofData("the portfolio", "is", portfolio), ...lines], portfolio);
}

function describeChannel({ name, state, why, last_data_age_ms: age }) {
  const parts = [`${name}: ${state}`];
  if (why !== null) parts.push(why);
  if (age !== null) parts.push(`last received ${duration(age)} ago`);
  return parts.join(", ");
}

export function feedStatus(_, { market }) {
  const feed = market.feed();
  const status = { ...market.status(), ...feed };
  const { symbols, ticks, orders, portfolios } = status;
  const lines = [
    symbols > 0 ? ofData("prices", "are", feed) : ofNothing("price", feed),
    `tickcached ${status.version}, started ${status.started_at}, exchange ${status.upstream}`,
    `${symbols} symbols, ${ticks} ticks, ${orders} order updates, ${portfolios} portfolios`,
  ];
  return answer([...lines, ...status.channels.map(describeChannel)], status);
}

export async function priceWaitedFor(args, context) {
  const symbol = context.market.symbol(args.symbol);
  const { met, wanted, ticker } = await waitForPrice({ ...args, symbol }, context);
  const lines = [ofPrice(ticker, args.max_age_ms)];
  if (!met) lines.push(`TIMED OUT after ${args.timeout_s} s without ${wanted}.`);
  return answer(lines, { met, ...ticker });
}

export async function orderWaitedFor(args, context) {
  context.market.checkChannel("orders");
  const { met, order, ...state } = await waitForOrder(args, context);
  const lines = state.freshness === "live" ? [] : [ofData("order updates", "are", state)];
  lines.push(order === null ? `No update of order ${args.order_id} has come.` : describeOrder(order));
  if (!met) lines.push(`TIMED OUT after ${args.timeout_s} s: it is not ${args.status.join(" or ")}.`);
  return answer(lines, { met, ...state, order });
}
