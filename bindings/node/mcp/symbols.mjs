// Symbols as people and models write them: btc, BTC-USDT, btc/usdt.
import subscriptions from "../lib/subscriptions.js";

const { upperCase } = subscriptions;

/** What a symbol may end with, so that "btc" is understood as BTCUSDT. */
const QUOTES = ["USDT", "USDC", "FDUSD", "TUSD", "BUSD", "DAI", "USD", "EUR", "GBP", "BTC", "ETH", "BNB"];
const MOST_SUGGESTIONS = 10;

/** Capital letters, without separators. */
function plain(text) {
  return upperCase(text).replace(/[\s/_:.$-]+/g, "");
}

function base(name) {
  const quote = QUOTES.find((each) => name.length > each.length && name.endsWith(each));
  return quote === undefined ? name : name.slice(0, -quote.length);
}

/** Symbols that match a search, the most similar first. */
export function search(text, symbols) {
  const wanted = plain(text);
  const rank = (symbol) => {
    const name = plain(symbol);
    if (name === wanted || base(name) === wanted) return 0;
    if (name.startsWith(wanted)) return 1;
    return name.includes(wanted) ? 2 : Infinity;
  };
  return symbols
    .map((symbol) => [rank(symbol), symbol])
    .filter(([order]) => order < Infinity)
    .sort(([a, one], [b, other]) => a - b || (one < other ? -1 : 1))
    .map(([, symbol]) => symbol);
}

/**
 * The symbol that is meant, as { symbol }; or { candidates }, which are several symbols of one name if
 * `ambiguous`, otherwise suggestions.
 */
export function resolve(text, symbols) {
  const exact = upperCase(text.trim());
  if (symbols.includes(exact)) return { symbol: exact };
  const wanted = plain(text);
  const same = symbols.filter((symbol) => plain(symbol) === wanted);
  const found =
    same.length > 0
      ? same
      : symbols.filter((symbol) => {
          const name = plain(symbol);
          return wanted !== "" && name.startsWith(wanted) && QUOTES.includes(name.slice(wanted.length));
        });
  if (found.length === 1) return { symbol: found[0] };
  if (found.length > 1) return { ambiguous: true, candidates: found.sort().slice(0, MOST_SUGGESTIONS) };
  const similar =
    wanted === "" ? [] : [...new Set([...search(wanted, symbols), ...search(base(wanted), symbols)])];
  return { ambiguous: false, candidates: similar.slice(0, MOST_SUGGESTIONS) };
}
