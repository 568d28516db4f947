// Names for the fields of the addon's arrays (native/values.hpp). Amounts are exact plain decimals as
// strings, times ISO 8601 in UTC, ages milliseconds; what was not sent is null.
"use strict";

/** The exchange's time with the digits that are there, at least milliseconds. */
function utc(ms, ns) {
  if (ms === null) return null;
  const text = new Date(ms).toISOString();
  if (ns === 0) return text;
  return `${text.slice(0, -1)}${String(ns).padStart(6, "0").replace(/0+$/, "")}Z`;
}

/** Why it is not live; null if it is. */
function why(freshness, reason) {
  return freshness === "live" ? null : reason;
}

/** Records, oldest first, with the freshness of the newest. What map(), filter() … make are arrays. */
class Records extends Array {
  static get [Symbol.species]() {
    return Array;
  }
}

function records(list, freshness, reason, ageMs, more) {
  return Object.assign(Records.from(list), { freshness, reason: why(freshness, reason), ageMs }, more);
}

function ticker(row, freshness, reason) {
  return {
    symbol: row[0],
    price: row[1],
    quantity: row[2],
    timestamp: utc(row[3], row[4]),
    isBuyerMaker: row[5],
    ageMs: row[6],
    freshness,
    reason: why(freshness, reason),
    updates: row[7],
    snapshot: row[8],
    lagMs: row[9],
  };
}

function order(row, at = 0) {
  return {
    position: row[at],
    orderId: row[at + 1],
    status: row[at + 2],
    symbol: row[at + 3],
    side: row[at + 4],
    type: row[at + 5],
    quantity: row[at + 6],
    price: row[at + 7],
    executedPrice: row[at + 8],
    executedQuantity: row[at + 9],
    fee: row[at + 10],
    filledAt: utc(row[at + 11], row[at + 12]),
    cancelledAt: utc(row[at + 13], row[at + 14]),
    rejectedReason: row[at + 15],
    ageMs: row[at + 16],
    gapSince: utc(row[at + 17], row[at + 18]),
    dataJson: row[at + 19],
    textCut: row[at + 20],
    origin: row[at + 21],
  };
}

function candle(symbol, interval, row, at = 0) {
  return {
    symbol,
    interval,
    openTime: utc(row[at], row[at + 1]),
    open: row[at + 2],
    high: row[at + 3],
    low: row[at + 4],
    close: row[at + 5],
    volume: row[at + 6],
    closed: row[at + 7],
    ageMs: row[at + 8],
    origin: row[at + 9],
    complete: row[at + 10],
  };
}

function portfolio(row, at = 0) {
  return {
    totalEquity: row[at],
    availableCash: row[at + 1],
    unrealizedPnl: row[at + 2],
    realizedPnl: row[at + 3],
    roiPct: row[at + 4],
    timestamp: utc(row[at + 5], row[at + 6]),
    ageMs: row[at + 7],
    origin: row[at + 8],
  };
}

function status(row, channels) {
  const there = row[2];
  return {
    feed: row[0],
    reason: why(row[0], row[1]),
    upstream: row[3],
    version: row[4],
    pid: there ? row[5] : null,
    startedAt: utc(row[6], row[7]),
    heartbeatAgeMs: there ? row[8] : null,
    keyAccepted: row[9],
    symbols: row[10],
    orders: row[11],
    portfolios: row[12],
    messages: row[13],
    ticks: row[14],
    rejected: row[15],
    verifiedAgeMs: there ? row[16] : null,
    verifiedForMs: row[17],
    lagMs: row[18],
    hops: row[19],
    channels,
  };
}

const KINDS = [, "tick", "candle", "order", "portfolio", "status", "gap"];
const CHANNELS = [, "ticker", "ticker", "candles", "orders", "portfolio"];
const CAUSES = [, "lapped", "reconnected", "restarted", "not_stored"];

/** An event of a feed. */
function event(row) {
  const kind = KINDS[row[0]];
  const missed = row[row.length - 1];
  switch (kind) {
    case "tick":
      return {
        kind,
        symbol: row[1],
        price: row[2],
        quantity: row[3],
        timestamp: utc(row[4], row[5]),
        isBuyerMaker: row[6],
        ageMs: row[7],
        updates: row[8],
        snapshot: row[9],
        lagMs: row[10],
        overtaken: row[11],
        missed,
      };
    case "candle":
      return { kind, ...candle(row[1], row[2], row, 3), missed };
    case "order":
      return { kind, ...order(row, 1), missed };
    case "portfolio":
      return { kind, ...portfolio(row, 1), missed };
    case "status":
      return { kind, feed: row[1], reason: why(row[1], row[2]) };
    default:
      return {
        kind,
        channel: CHANNELS[row[1]] ?? "?",
        cause: CAUSES[row[2]] ?? "?",
        symbol: row[3],
        interval: row[4],
        missed,
      };
  }
}

module.exports = { why, utc, records, ticker, order, candle, portfolio, status, event };
