// The page: what is above all views, which view is shown, and when to draw.
const DRAW_MS = 100;
const ICON_COLORS = {live: '#2da44e', stale: '#d4a017', down: '#d1242f', waiting: '#8b98a8'};
const wide = matchMedia('(min-width: 900px)');
const page = {view: 'prices', requested: false, icon: null};

/** "live", "stale: feed reconnecting", "relay unreachable" */
function feedSentence() {
  if (!relay.everReached) return now() > SILENCE_MS ? 'relay unreachable' : 'connecting';
  if (!relay.reachable) return 'relay unreachable';
  if (relay.needsToken) return 'token needed';
  return relay.trouble ?? verdict(relay.feed);
}

/** What colours the page. */
function pageState() {
  if (!relay.everReached && now() <= SILENCE_MS) return 'waiting';
  return feedNow().freshness;
}

function showHeader() {
  const state = pageState();
  setData(document.body, 'feed', state);
  setText(byId('verdict-text'), feedSentence());
  showBanner(state);
  showFacts();
  showTab(state);
}

function showBanner(state) {
  const good = state === 'live' || state === 'waiting';
  if (state === 'live') relay.lastLive = new Date();
  byId('banner').hidden = good;
  byId('token-form').hidden = !relay.needsToken || !relay.reachable;
  if (good) return;
  setText(byId('banner-title'), bannerTitle(state));
  setText(byId('banner-text'), bannerText());
}

function bannerTitle(state) {
  if (!relay.reachable) return 'Relay unreachable';
  if (relay.needsToken) return 'Token needed';
  if (relay.trouble) return 'No answer';
  return state === 'stale' ? 'Prices are stale' : 'Feed is down';
}

/** No running age: a screen reader would read it each second. */
function bannerText() {
  if (relay.reachable && relay.needsToken) return 'This relay shows nothing without its token.';
  if (relay.reachable && relay.trouble) return relay.trouble;
  const {reason} = feedNow();
  const because = reason === 'unreachable'
    ? `No answer from ${address.host}; is tickcache-relay running?` : `${capital(why(reason))}.`;
  const last = relay.lastLive ? ` Last live at ${timeText(relay.lastLive.toISOString(), 8)} UTC.` : '';
  return `${because} The prices below may be old.${last}`;
}

function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function showFacts() {
  const {status} = relay;
  if (!status) return;
  setText(byId('fact-exchange'), hostOf(status.upstream));
  setText(byId('fact-symbols'), grouped(status.symbols ?? quotes.size));
  const rate = relay.reachable ? ticksPerSecond() : null;
  setText(byId('fact-rate'), rate === null ? '–' : grouped(rate));
  setText(byId('fact-confirmed'), confirmationText(status));
}

function hostOf(upstream) {
  return upstream && URL.canParse(upstream) ? new URL(upstream).host : '–';
}

/** The browser's tab: the open symbol's price, or that there is none to trust. */
function showTab(state) {
  const quote = quotes.get(symbolView.symbol);
  const live = quote && worse(quote, feedNow()).freshness === 'live';
  const word = state === 'live' && quote ? worse(quote, feedNow()).freshness : feedSentence().split(':')[0];
  const title = live ? `${quote.price} ${quote.symbol}` : `${capital(word)} · tickcache`;
  if (document.title !== title) document.title = title;
  if (page.icon === state) return;
  page.icon = state;
  const circle = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16"><circle cx="8" cy="8" r="7" fill="${ICON_COLORS[state]}"/></svg>`;
  byId('icon').href = `data:image/svg+xml,${encodeURIComponent(circle)}`;
}

/** One drawing for each frame, however much has changed; none in a hidden tab. */
function requestDraw() {
  if (page.requested || document.hidden) return;
  page.requested = true;
  requestAnimationFrame(() => {
    page.requested = false;
    draw();
  });
}

function draw() {
  if (shows('prices')) drawTable(); // first: it reads sizes
  showHeader();
  drawSymbol(shows('symbol'));
  drawAccount(shows('account'));
  drawHealth(shows('health'));
}

/** On wide screens the prices are always beside another view. */
function shows(view) {
  if (!wide.matches) return page.view === view;
  return view === 'prices' || view === panelView();
}

function panelView() {
  return page.view === 'prices' && wide.matches ? 'symbol' : page.view;
}

/** "#prices", "#symbol/BTCUSDT", "#account", "#health" */
function followAddress() {
  const [view, symbol] = location.hash.slice(1).split('/');
  if (symbol) openSymbol(decodeURIComponent(symbol));
  page.view = ['prices', 'symbol', 'account', 'health'].includes(view) ? view : 'prices';
  showView();
}

function showView() {
  setData(document.body, 'view', panelView());
  for (const tab of tabs()) {
    const selected = tab.dataset.view === panelView();
    tab.setAttribute('aria-selected', String(selected));
    tab.tabIndex = selected ? 0 : -1;
  }
  account.changed = true;
  requestDraw();
}

function tabs() {
  return [...document.querySelectorAll('[role=tab]')];
}

function go(view, symbol = null) {
  location.hash = symbol ? `${view}/${encodeURIComponent(symbol)}` : view;
}

function onTabKey(event) {
  const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (!step) return;
  event.preventDefault();
  const shown = tabs().filter((tab) => tab.offsetParent !== null);
  const next = shown[(shown.indexOf(event.target) + step + shown.length) % shown.length];
  next.focus();
  next.click();
}

/** Keys that work wherever nothing is typed. */
function onPageKey(event) {
  if (event.key !== '/' || event.target.matches('input') || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  if (!shows('prices')) go('prices');
  page.view = wide.matches ? page.view : 'prices';
  showView();
  byId('search').focus();
}

/** A symbol to begin with: the first pinned one, BTCUSDT, or any. */
function chooseFirstSymbol() {
  if (symbolView.symbol || quotes.size === 0) return;
  const pinned = [...pins].find((symbol) => quotes.has(symbol));
  const known = quotes.has('BTCUSDT') ? 'BTCUSDT' : quotes.keys().next().value;
  openSymbol(pinned ?? known);
}

function everySecond() {
  sampleQuotes();
  if (document.hidden) showTab(pageState());
}

function start() {
  startTable();
  startSymbol();
  startAccount();
  table.onOpen = (symbol) => go('symbol', symbol);
  relay.onTick = takeSymbolTick;
  relay.onChange = () => {
    chooseFirstSymbol();
    requestDraw();
  };
  for (const tab of tabs()) tab.addEventListener('click', () => go(tab.dataset.view, tab.dataset.view === 'symbol' ? symbolView.symbol : null));
  document.querySelector('.tabs').addEventListener('keydown', onTabKey);
  document.addEventListener('keydown', onPageKey);
  document.addEventListener('visibilitychange', () => {
    watchRelay();
    requestDraw();
  });
  byId('token-form').addEventListener('submit', (event) => {
    event.preventDefault();
    useToken(byId('token').value.trim());
  });
  addEventListener('hashchange', followAddress);
  wide.addEventListener('change', showView);
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    forgetColors();
    chooseInterval(symbolView.interval);
  });
  followAddress();
  poll();
  setInterval(everySecond, SECOND);
  setInterval(watchRelay, 250);
  setInterval(requestDraw, DRAW_MS);
}

start();
