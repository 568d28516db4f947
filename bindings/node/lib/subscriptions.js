// tickcached's subscriptions, and errors for missing ones.
"use strict";

const { NotSubscribed } = require("./errors.js");

const KINDS = [, "ticker:all", "ticker", "candles", "orders", "portfolio"];
const STATES = [, "wanted", "sent", "acknowledged", "refused"];

/** As tickcached: ASCII letters only. */
function upperCase(symbol) {
  return symbol.replace(/[a-z]+/g, (letters) => letters.toUpperCase());
}

function channelOfTicker(symbol) {
  return symbol.toLowerCase() === "all" ? "ticker:all" : `ticker:${upperCase(symbol)}`;
}

function channelOfCandles(symbol, interval) {
  return `candles:${upperCase(symbol)}:${interval}`;
}

function channels(reader) {
  return reader.channels().map(([kind, state, symbol, interval, why, messages, lastDataAgeMs]) => {
    const of = kind === 3 && symbol === "ALL" ? "all" : symbol;
    return {
      name: [KINDS[kind] ?? "?", of, interval].filter((part) => part !== "").join(":"),
      state: STATES[state] ?? "?",
      why,
      messages,
      lastDataAgeMs,
    };
  });
}

function isThere(name, names) {
  if (names.has(name)) return true;
  if (name.startsWith("ticker:") && names.has("ticker:all")) return true;
  if (name.startsWith("candles:") && names.has(`candles:all:${name.slice(name.lastIndexOf(":") + 1)}`)) {
    return true;
  }
  // Any ticker channel satisfies "all".
  return name === "ticker:all" && [...names].some((other) => other.startsWith("ticker:"));
}

function remedy(name) {
  const kind = name.slice(0, (name + ":").indexOf(":"));
  const rest = name.slice(kind.length + 1);
  if (kind === "ticker") return `add it to its option "symbols" (symbols = …,${rest})`;
  if (kind === "candles") return `add it to its option "candles" (candles = …,${rest})`;
  return `set its option "${kind}" (${kind} = true)`;
}

function notSubscribed(name) {
  return new NotSubscribed(
    `tickcached does not subscribe to ${name}: ${remedy(name)}, and reload it (SIGHUP)`,
  );
}

/** The error for the first of the channels that the running tickcached does not subscribe to; null if
 * there is none, or no tickcached. */
function missing(wanted, reader) {
  if (reader.status()[0] === "down") return null;
  const names = new Set(channels(reader).map((channel) => channel.name));
  const name = wanted.find((each) => !isThere(each, names));
  return name === undefined ? null : notSubscribed(name);
}

module.exports = { upperCase, channelOfTicker, channelOfCandles, channels, missing, notSubscribed };
