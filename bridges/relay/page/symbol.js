// One symbol: its last values, its candles, its latest ticks.
const CANDLES_MS = 2000;
const CANDLES = 100;
const TICKS_SHOWN = 12;
const INTERVALS = ['1m', '3m', '5m', '15m', '30m', '1h', '4h', '1d'];

const symbolView = {
  symbol: null,
  interval: null, // null: the page's own line
  candles: [],
  chart: null,
  cursor: null, // index of the candle under the cursor
  askedAt: -Infinity,
  asking: false,
  error: null,
  ticks: [],
  ticksChanged: true,
  drawnAt: undefined,
};

function startSymbol() {
  new ResizeObserver(() => resizeChart()).observe(byId('chart'));
  byId('chart').addEventListener('keydown', onChartKey);
  byId('symbol-pin').addEventListener('click', () => togglePin(symbolView.symbol));
}

function openSymbol(symbol) {
  if (symbolView.symbol === symbol) return;
  Object.assign(symbolView, {symbol, ticks: [], ticksChanged: true});
  byId('symbol').scrollTop = 0;
  setText(byId('symbol-name'), symbol);
  chooseInterval(symbolView.interval);
}

/** Intervals of the candles that the daemon keeps of this symbol, shortest first. */
function keptIntervals() {
  const kept = (relay.status?.channels ?? []).filter(({kind, symbol, state}) =>
    kind === 'candles' && state !== 'refused' && (symbol === symbolView.symbol || symbol === 'ALL'));
  const intervals = new Set(kept.map(({interval}) => interval));
  return [...intervals].sort((a, b) => INTERVALS.indexOf(a) - INTERVALS.indexOf(b));
}

/** `interval`, or the first there is. */
function chooseInterval(interval) {
  const kept = keptIntervals();
  const chosen = kept.includes(interval) ? interval : (kept[0] ?? null);
  Object.assign(symbolView, {interval: chosen, candles: [], cursor: null, error: null, askedAt: -Infinity});
  dropChart();
  showIntervals();
  requestDraw();
}

function showIntervals() {
  fillList(byId('intervals'), keptIntervals(), () => {
    const button = make('button');
    button.type = 'button';
    button.addEventListener('click', () => chooseInterval(button.textContent));
    return button;
  }, (button, interval) => {
    setText(button, interval);
    button.setAttribute('aria-pressed', String(interval === symbolView.interval));
  });
}

function dropChart() {
  symbolView.chart?.destroy();
  symbolView.chart = null;
  symbolView.drawnAt = undefined;
}

function resizeChart() {
  const width = byId('chart').clientWidth;
  if (symbolView.chart && width > 0) symbolView.chart.setSize({width, height: CHART_HEIGHT});
}

async function askCandles() {
  const {symbol, interval} = symbolView;
  if (symbolView.asking || now() - symbolView.askedAt < CANDLES_MS || !relay.reachable) return;
  symbolView.asking = true;
  symbolView.askedAt = now();
  const path = `/v1/candles/${encodeURIComponent(symbol)}/${encodeURIComponent(interval)}?limit=${CANDLES}`;
  try {
    const answer = await ask(path);
    if (symbol !== symbolView.symbol || interval !== symbolView.interval) return;
    symbolView.error = answer.ok ? null : answer.error;
    if (answer.ok) takeCandles(answer.body);
  } catch {
    symbolView.error = why('unreachable');
  } finally {
    symbolView.asking = false;
  }
}

function takeCandles(candles) {
  symbolView.candles = candles;
  if (candles.length === 0) dropChart();
  else if (symbolView.chart) setCandles(symbolView.chart, candles);
  else symbolView.chart = makeCandleChart(byId('chart'), candles, lastValue, (index) => {
    symbolView.cursor = index ?? null;
    showReadout();
  });
  showReadout();
}

function lastValue() {
  return quotes.get(symbolView.symbol)?.value ?? NaN;
}

function takeSymbolTick(tick) {
  if (tick.symbol !== symbolView.symbol || tick.snapshot) return;
  symbolView.ticks.unshift(tick);
  symbolView.ticks.length = Math.min(symbolView.ticks.length, TICKS_SHOWN);
  symbolView.ticksChanged = true;
}

/** Draws what is on the screen; `visible` is false behind another view. */
function drawSymbol(visible) {
  const quote = quotes.get(symbolView.symbol);
  if (!quote || !visible) return;
  const shown = worse(quote, feedNow());
  setBadge(byId('symbol-freshness'), shown);
  setData(byId('symbol'), 'fresh', shown.freshness);
  showPrice(quote);
  fillTerms(byId('symbol-values'), valuesOf(quote));
  drawTicks();
  drawChart(quote);
}

function showPrice(quote) {
  setPriceText(byId('symbol-price'), quote.price ?? '–');
  setText(byId('symbol-change'), quote.hasPrice ? changeText(quote.change) : '');
  setData(byId('symbol-change'), 'direction', directionOf(quote.change));
  const pinned = String(pins.has(quote.symbol));
  if (byId('symbol-pin').getAttribute('aria-pressed') === pinned) return;
  byId('symbol-pin').setAttribute('aria-pressed', pinned);
  setText(byId('symbol-pin').firstElementChild, pinned === 'true' ? '★' : '☆');
}

function valuesOf(quote) {
  return [
    ['Age', quote.hasPrice ? ageText(quote.age) : '–'],
    [quote.snapshot ? 'Answered after' : 'Lag', lagText(quote.lag)],
    ['Exchange time', timeText(quote.timestamp)],
    ['Quantity', quote.quantity ?? '–'],
    ['Ticks', quote.hasPrice ? grouped(quote.updates) : '–'],
    ['Source', quote.snapshot ? 'asked by REST' : 'tick'],
  ];
}

function drawTicks() {
  if (!symbolView.ticksChanged) return;
  symbolView.ticksChanged = false;
  fillList(byId('ticks'), symbolView.ticks, () => make('tr'), (row, tick) => {
    const taker = {true: 'sell', false: 'buy'}[tick.buyer_is_maker] ?? '–';
    setData(row, 'side', taker);
    fillRow(row, [timeText(tick.timestamp), tick.price, tick.quantity ?? '–',
                  tick.overtaken ? `${taker}, late` : taker]);
  });
  byId('ticks-empty').hidden = symbolView.ticks.length > 0;
}

/** Candles if the daemon keeps some, else the prices that this page has seen. Once a second. */
function drawChart(quote) {
  if (symbolView.drawnAt === sampledAt) return;
  const kept = keptIntervals();
  if (symbolView.interval ? !kept.includes(symbolView.interval) : kept.length > 0)
    chooseInterval(symbolView.interval);
  symbolView.drawnAt = sampledAt;
  setText(byId('chart-title'), symbolView.interval ? `Candles of ${symbolView.interval}` : 'Prices since you opened this page');
  showIntervals();
  if (symbolView.interval) {
    askCandles();
    symbolView.chart?.redraw(false);
  } else {
    drawLine(quote.history.latest(HISTORY_SECONDS));
  }
  showNotes(quote);
}

function drawLine(values) {
  if (values.length < 2) return;
  if (symbolView.chart) symbolView.chart.setData(secondsBefore(values));
  else symbolView.chart = makeLineChart(byId('chart'), values);
  setText(byId('readout'), '');
}

/** The candle under the cursor, else the newest, in exact numbers. */
function showReadout() {
  const candle = symbolView.candles[symbolView.cursor ?? symbolView.candles.length - 1];
  setText(byId('readout'), candle ? candleSentence(candle) : '');
}

function candleSentence(candle) {
  const state = candle.closed ? '' : ', open';
  const complete = candle.complete ? '' : ', may lack trades';
  return `${dateText(candle.open_time).slice(0, 16)}  O ${candle.open}  H ${candle.high}  ` +
    `L ${candle.low}  C ${candle.close}  V ${candle.volume ?? '–'}${state}${complete}`;
}

function showNotes(quote) {
  const notes = symbolView.interval ? candleNotes() : lineNotes(quote);
  fillList(byId('chart-notes'), notes, () => make('p'), (note, [text, kind]) => {
    setText(note, text);
    setData(note, 'kind', kind);
  });
}

function lineNotes(quote) {
  return [[`tickcached keeps no candles of ${quote.symbol}. To get a chart of candles, add to its configuration: ` +
    `candles = ${quote.symbol}:1m`, 'hint']];
}

function candleNotes() {
  const {candles, error} = symbolView;
  if (error) return [[error, 'trouble']];
  if (candles.length === 0) return [['No candle has come yet.', 'hint']];
  const newest = candles.at(-1);
  const incomplete = candles.filter(({complete}) => !complete).length;
  const made = candles.filter(({origin}) => origin === 'ticks').length;
  const notes = [];
  if (newest.freshness !== 'live') notes.push([`Candles are ${verdict(newest)}`, 'trouble']);
  if (made > 0) notes.push([`${made === candles.length ? 'Made' : `${grouped(made)} of ${grouped(candles.length)} made`} of ticks by tickcached.`, 'hint']);
  if (incomplete > 0) notes.push([`${grouped(incomplete)} of ${counted(candles.length, 'candle')} may lack trades (hollow).`, 'warning']);
  return notes;
}

function onChartKey(event) {
  const {chart, candles} = symbolView;
  const step = {ArrowLeft: -1, ArrowRight: 1}[event.key];
  if (!step || candles.length === 0) return;
  event.preventDefault();
  const from = symbolView.cursor ?? candles.length - 1;
  const at = Math.max(0, Math.min(from + step, candles.length - 1));
  chart.setCursor({left: chart.valToPos(chart.data[0][at], 'x'), top: chart.valToPos(chart.data[4][at], 'y')});
}
