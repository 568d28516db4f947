// What the relay says: prices and status every two seconds, ticks and changes at once.
const POLL_MS = 2000;
const SILENCE_MS = 3000;

const address = new URL(location.href);
const relay = {
  reachable: false,
  everReached: false,
  heardAt: -Infinity, // the last answer or event
  pollAt: -Infinity, // when the last poll began
  polling: false,
  needsToken: false,
  trouble: null, // the relay's own words, when it answers with an error
  feed: {freshness: 'stale', reason: null},
  lastLive: null, // a date
  changes: 0, // of the feed, as the stream told them
  status: null,
  statusAt: 0,
  ticks: [], // [now(), ticks stored]
  gaps: [],
  token: address.searchParams.get('token') ?? recall('token', sessionStorage),
  onTick: () => {},
  onChange: () => {},
};

function recall(name, storage = localStorage) {
  return storage.getItem(`tickcache.${name}`);
}

function keep(name, value, storage = localStorage) {
  if (value === null) storage.removeItem(`tickcache.${name}`);
  else storage.setItem(`tickcache.${name}`, value);
}

function urlOf(path) {
  const url = new URL(path, address.origin);
  if (relay.token) url.searchParams.set('token', relay.token);
  return url;
}

/** Throws if the relay does not answer in time. */
async function ask(path, headers = {}) {
  const response = await fetch(urlOf(path), {
    headers, cache: 'no-store', signal: AbortSignal.timeout(SILENCE_MS),
  });
  const body = await response.json().catch(() => null);
  return {ok: response.ok && body !== null, code: response.status, body,
          error: body?.error?.message ?? `the relay answered ${response.status}`};
}

/** The feed as far as this page can know it. */
function feedNow() {
  if (!relay.reachable) return {freshness: 'down', reason: 'unreachable'};
  if (relay.trouble) return {freshness: 'down', reason: null};
  return relay.feed;
}

function heard() {
  relay.heardAt = now();
}

function lose() {
  if (!relay.reachable) return;
  relay.reachable = false;
  relay.onChange();
}

function setFeed({feed, freshness = feed, reason}) {
  const changed = relay.feed.freshness !== freshness || relay.feed.reason !== reason;
  relay.feed = {freshness, reason};
  if (changed) relay.onChange();
}

async function poll() {
  if (relay.polling) return;
  relay.polling = true;
  relay.pollAt = now();
  const changes = relay.changes;
  try {
    const answers = await Promise.all([ask('/v1/prices'), ask('/v1/status')]);
    takeAnswers(answers, relay.pollAt, changes);
  } catch {
    lose();
  } finally {
    relay.polling = false;
  }
  // The feed changed while the answers were on their way: they may be older than that.
  if (relay.reachable && changes !== relay.changes) poll();
}

function takeAnswers(answers, askedAt, changes) {
  heard();
  const refused = answers.find((answer) => !answer.ok);
  relay.needsToken = refused?.code === 401;
  relay.trouble = refused ? refused.error : null;
  relay.reachable = relay.everReached = true;
  if (!refused && changes === relay.changes) {
    const [prices, status] = answers;
    takePrices(prices.body, askedAt);
    takeStatus(status.body);
  }
  relay.onChange();
  if (!relay.needsToken) openStream();
}

function takeStatus(status) {
  relay.status = status;
  relay.statusAt = now();
  relay.ticks.push([now(), status.counters.ticks]);
  if (relay.ticks.length > 4) relay.ticks.shift();
  setFeed(status);
}

/** Of all symbols, over the last polls; null if unknown. */
function ticksPerSecond() {
  if (relay.ticks.length < 2) return null;
  const [from, before] = relay.ticks[0];
  const [to, after] = relay.ticks.at(-1);
  return after < before ? null : ((after - before) * SECOND) / (to - from);
}

/** The daemon's time, in which the dates of its status are. */
function daemonNow() {
  const {started_at: started, uptime_ms: uptime} = relay.status;
  if (!started || uptime === null) return Date.now();
  return Date.parse(started) + uptime + now() - relay.statusAt;
}

let stream = null;

/** Opens the stream, unless it is open or reconnects by itself. */
function openStream() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  // A page that falls behind wants the latest price, not each.
  stream = new EventSource(urlOf('/v1/stream?symbols=all&channels=ticker&conflate=1'));
  const on = (name, take) => stream.addEventListener(name, (event) => {
    heard();
    take(JSON.parse(event.data));
    pollIfDue(); // timers of a hidden tab are slow, events are not
  });
  on('ticker', (tick) => {
    takeTick(tick);
    relay.onTick(tick);
  });
  on('price', (record) => takePrice(record, now()));
  on('status', (status) => {
    relay.changes += 1;
    setFeed(status);
    poll();
  });
  on('gap', (gap) => {
    relay.gaps.unshift({...gap, seen: new Date()});
    relay.gaps.length = Math.min(relay.gaps.length, 20);
  });
  stream.addEventListener('error', poll);
}

function reopenStream() {
  stream?.close();
  stream = null;
}

function pollIfDue() {
  if (now() - relay.pollAt >= POLL_MS) poll();
}

/** Call several times a second. */
function watchRelay() {
  if (relay.everReached && now() - relay.heardAt > SILENCE_MS) lose();
  pollIfDue();
}

function useToken(token) {
  relay.token = token;
  keep('token', token, sessionStorage);
  reopenStream();
  poll();
}
