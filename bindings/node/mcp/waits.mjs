// Waits for a price or an order: bounded in number and time, ended by the request's signal.
import errors from "../lib/errors.js";

import { Unanswerable } from "./market.mjs";
import { ofPrice } from "./words.mjs";

const { TimeoutError } = errors;

export const WAITS = {
  usualSeconds: 30,
  longestSeconds: 300,
  ended: ["filled", "cancelled", "rejected", "expired"],
};

/** Each has a thread. */
const MOST_WAITS = 64;
const PROGRESS_MS = 1000;

let waiting = 0;

/**
 * Runs wait(signal) until `seconds` are over, then returns undefined. Tells progress() once a second; `describe`
 * says how things are.
 */
async function bounded(seconds, { signal, progress }, describe, wait) {
  signal.throwIfAborted();
  if (waiting >= MOST_WAITS) {
    throw new Unanswerable(`${MOST_WAITS} waits are pending already: let some end first`, {
      reason: "too_many_waits",
    });
  }
  ++waiting;
  const begun = performance.now();
  const tell = () => progress((performance.now() - begun) / 1000, seconds, describe());
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(new TimeoutError()), seconds * 1000);
  const reports = setInterval(tell, PROGRESS_MS);
  try {
    tell();
    return await wait(AbortSignal.any([signal, late.signal]));
  } catch (error) {
    if (!late.signal.aborted || signal.aborted) throw error;
  } finally {
    clearTimeout(timer);
    clearInterval(reports);
    --waiting;
  }
}

function condition({ above, below }) {
  const parts = ["a live price"];
  if (above !== undefined) parts.push(`above ${above}`);
  if (below !== undefined) parts.push(`below ${below}`);
  return parts.join(" ");
}

/** { met, wanted, ticker }: the price that meets the condition, or the last one. */
export async function waitForPrice(args, context) {
  const { symbol, above = -Infinity, below = Infinity, max_age_ms: maxAge, timeout_s: seconds } = args;
  const { cache } = context.market;
  const look = () => context.market.ticker(symbol, maxAge);
  const inside = (price) => Number(price) > above && Number(price) < below;
  const done = (ticker) => ticker.freshness === "live" && inside(ticker.price);

  const met = await bounded(
    seconds,
    context,
    () => ofPrice(look(), maxAge),
    async (signal) => {
      // Registered before the first look, so that no tick is missed in between.
      const ticks = cache.stream(symbol, { latest: true, signal });
      try {
        for (let price = look().price; ; price = (await ticks.next()).value.price) {
          if (!inside(price)) continue;
          await cache.waitForPrice(symbol, { maxAge, signal });
          const ticker = look();
          if (done(ticker)) return ticker;
        }
      } finally {
        ticks.close();
      }
    },
  );
  return { met: met !== undefined, wanted: condition(args), ticker: met ?? look() };
}

/** { met, order, freshness, reason, age_ms }: the update that was waited for, or the newest one. */
export async function waitForOrder({ order_id: orderId, status, timeout_s: seconds }, context) {
  const { market } = context;
  const describe = () => `order ${orderId}: ${market.order(orderId)?.status ?? "no update yet"}`;
  const met = await bounded(seconds, context, describe, (signal) =>
    market.waitForOrder(orderId, { status, signal }),
  );
  const { freshness, reason, age_ms } = market.orders(1);
  return { met: met !== undefined, order: met ?? market.order(orderId), freshness, reason, age_ms };
}
