// Compiled only: the same from CommonJS.
import tickcache = require("tickcache");

const cache: tickcache.Cache = new tickcache.Cache();
const price: string | undefined = cache.price("BTCUSDT");
const ticker: tickcache.Ticker | undefined = cache.ticker("BTCUSDT");

export = { price, ticker };
