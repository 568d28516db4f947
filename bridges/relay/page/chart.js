// Charts by uPlot: candles, or a line of prices. Times are in UTC.
const CHART_HEIGHT = 260;
let palette = null;

/** The colours of page.css, as canvases need them. */
function colors() {
  if (palette) return palette;
  const style = getComputedStyle(document.documentElement);
  const color = (name) => style.getPropertyValue(`--${name}`).trim();
  palette = Object.fromEntries(
    ['rise', 'fall', 'muted', 'line', 'text', 'accent', 'stale', 'surface'].map((name) => [name, color(name)]));
  return palette;
}

function forgetColors() {
  palette = null;
}

function axisOf(extra) {
  const {muted, line} = colors();
  return {stroke: muted, font: '11px system-ui, sans-serif', grid: {stroke: line, width: 1},
          ticks: {show: false}, ...extra};
}

function chartOptions(element, series, hooks) {
  return {
    width: element.clientWidth || 320,
    height: CHART_HEIGHT,
    padding: [10, 8, 0, 18],
    legend: {show: false},
    tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    cursor: {points: {show: false}, drag: {x: false, y: false}},
    scales: {x: {time: true}, y: {range: rangeOfPrices}},
    axes: [axisOf({space: 60, size: 30, values: timeLabels}), axisOf({side: 1, size: priceAxisSize, values: priceLabels})],
    series,
    hooks,
  };
}

function rangeOfPrices(chart, least, greatest) {
  if (least === null) return [0, 1];
  const room = (greatest - least) * 0.08 || Math.abs(greatest) * 0.001 || 1;
  return [least - room, greatest + room];
}

/** "16:57", "16:57:30" or "22 Nov", as the distance between two labels needs. */
function timeLabels(chart, seconds, axis, space, step) {
  return seconds.map((second) => {
    const date = new Date(second * 1000);
    const midnight = second % 86400 === 0;
    if (midnight || step >= 86400) return date.toLocaleDateString('en-GB', {day: 'numeric', month: 'short', timeZone: 'UTC'});
    return date.toISOString().slice(11, step < 60 ? 19 : 16);
  });
}

/** As many decimals as the distance between two labels needs. */
function priceLabels(chart, values) {
  const step = values.length > 1 ? values[1] - values[0] : values[0];
  const decimals = Math.max(0, Math.min(12, Math.ceil(-Math.log10(step || 1) - 1e-9)));
  return values.map((value) => value.toLocaleString('en-US', {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals}));
}

function priceAxisSize(chart, labels) {
  const longest = Math.max(0, ...(labels ?? []).map((label) => label.length));
  return 16 + longest * 6.5;
}

/** Columns for uPlot: times in seconds, then open, high, low, close. */
function columnsOf(candles) {
  const keys = ['open', 'high', 'low', 'close'];
  return [candles.map(({open_time: time}) => Date.parse(time) / 1000),
          ...keys.map((key) => candles.map((candle) => Number(candle[key])))];
}

/** Room for twelve candles at least, so that one alone is not as wide as the chart. */
function rangeOfTimes({data: [times]}) {
  const step = stepOf(times);
  const last = times.at(-1);
  return [Math.min(times[0], last - 11 * step) - step * 0.75, last + step * 0.75];
}

/** `candles` are shown until setCandles(); `onCursor` gets the index under the cursor, or null. */
function makeCandleChart(element, candles, lastPrice, onCursor) {
  const invisible = {stroke: 'transparent', paths: () => null, points: {show: false}};
  const options = chartOptions(element, [{}, invisible, invisible, invisible, invisible], {
    draw: [(chart) => drawCandles(chart, chart.candles), (chart) => drawLastPrice(chart, lastPrice())],
    setCursor: [(chart) => onCursor(chart.cursor.idx)],
  });
  options.scales.x.range = rangeOfTimes;
  const chart = new uPlot(options, columnsOf(candles), element);
  chart.candles = candles;
  chart.redraw(false);
  return chart;
}

function setCandles(chart, candles) {
  chart.candles = candles;
  chart.setData(columnsOf(candles));
}

/** The shortest distance of two candles, in seconds; a minute if there is one alone. */
function stepOf(times) {
  let step = Infinity;
  for (let i = 1; i < times.length; ++i) step = Math.min(step, times[i] - times[i - 1]);
  return Number.isFinite(step) ? step : 60;
}

function drawCandles(chart, candles) {
  if (!candles) return;
  const {ctx, data} = chart;
  const step = stepOf(data[0]);
  const distance = chart.valToPos(data[0][0] + step, 'x', true) - chart.valToPos(data[0][0], 'x', true);
  const width = Math.max(1, Math.min(Math.round(distance * 0.65), 14 * devicePixelRatio));
  ctx.save();
  candles.forEach((candle, i) => drawCandle(chart, candle, data.map((column) => column[i]), width));
  ctx.restore();
}

/** Candles that may lack trades, and the open one, are hollow. */
function drawCandle(chart, candle, [time, open, high, low, close], width) {
  const {ctx} = chart;
  const y = (price) => Math.round(chart.valToPos(price, 'y', true));
  const x = Math.round(chart.valToPos(time, 'x', true));
  const top = y(Math.max(open, close));
  const height = Math.max(devicePixelRatio, y(Math.min(open, close)) - top);
  const color = close < open ? colors().fall : colors().rise;
  ctx.fillStyle = ctx.strokeStyle = color;
  ctx.lineWidth = devicePixelRatio;
  ctx.fillRect(x - devicePixelRatio / 2, y(high), devicePixelRatio, y(low) - y(high));
  if (candle.complete && candle.closed) {
    ctx.fillRect(x - width / 2, top, width, height);
  } else {
    ctx.fillStyle = colors().surface;
    ctx.fillRect(x - width / 2, top, width, height);
    ctx.strokeRect(x - width / 2, top, width, height);
  }
}

function drawLastPrice(chart, price) {
  if (!Number.isFinite(price)) return;
  const {ctx, bbox} = chart;
  const y = Math.round(chart.valToPos(price, 'y', true));
  if (y < bbox.top || y > bbox.top + bbox.height) return;
  ctx.save();
  ctx.strokeStyle = colors().accent;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

/** The last prices, one a second. */
function makeLineChart(element, values) {
  const line = {stroke: colors().accent, width: 1.5, points: {show: false}};
  return new uPlot(chartOptions(element, [{}, line], {}), secondsBefore(values), element);
}

function secondsBefore(values) {
  const end = Math.floor(Date.now() / 1000);
  return [values.map((_, i) => end - values.length + 1 + i), values];
}
