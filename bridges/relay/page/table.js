// The table of prices: only the rows on the screen exist, and only texts that changed are written.
const COLUMNS = [
  {key: 'pin', title: 'Pinned', of: (quote) => (pins.has(quote.symbol) ? 1 : 0), first: -1},
  {key: 'symbol', title: 'Symbol', of: (quote) => quote.symbol, first: 1},
  {key: 'price', title: 'Price', of: (quote) => quote.value, first: -1},
  {key: 'change', title: 'Change', of: (quote) => quote.change, first: -1},
  {key: 'rate', title: 'Ticks/s', of: (quote) => quote.ticksPerSecond ?? 0, first: -1},
  {key: 'age', title: 'Age', of: (quote) => quote.age, first: 1},
  {key: 'fresh', title: 'Freshness', of: rankOfFreshness, first: -1},
  {key: 'trend', title: 'Trend', of: (quote) => quote.trend, first: -1},
];
const MARGIN_ROWS = 4; // kept above and below the screen, for smooth scrolling
const REORDER_MS = 1000;
const SORT_HINTS = {
  change: 'Change since you opened this page',
  trend: 'The price of the last 60 seconds; sorts by its change',
  rate: 'Ticks a second, over five seconds',
};

const pins = new Set(JSON.parse(recall('pins') ?? '[]'));

function rankOfFreshness(quote) {
  return FRESHNESS.indexOf(worse(quote, feedNow()).freshness);
}

function togglePin(symbol) {
  if (!pins.delete(symbol)) pins.add(symbol);
  keep('pins', JSON.stringify([...pins]));
  table.orderedAt = -Infinity;
}

const table = {
  order: [], // quotes as shown
  rows: [], // the rows on the screen
  active: null, // the symbol that the keyboard is at
  filter: '',
  sort: {key: 'symbol', direction: 1},
  orderedAt: -Infinity,
  known: 0, // quotes when last ordered
  rowHeight: 0,
  sparkline: {width: 0, height: 0},
  onOpen: () => {},
};

function startTable() {
  const saved = JSON.parse(recall('sort') ?? 'null');
  if (COLUMNS.some(({key}) => key === saved?.key)) table.sort = saved;
  for (const column of COLUMNS) byId('columns').append(makeHeading(column));
  showSort();
  byId('scroller').addEventListener('scroll', requestDraw, {passive: true});
  byId('rows').addEventListener('click', onRowClick);
  byId('grid').addEventListener('keydown', onGridKey);
  byId('search').addEventListener('input', onSearch);
  byId('search').addEventListener('keydown', onSearchKey);
}

function makeHeading({key, title}, index) {
  const cell = make('div', `cell ${key}`);
  cell.setAttribute('role', 'columnheader');
  const button = make('button', '', key === 'pin' ? '★' : title);
  button.type = 'button';
  button.title = SORT_HINTS[key] ?? '';
  button.setAttribute('aria-label', title);
  button.dataset.key = key;
  button.addEventListener('click', () => sortBy(key));
  cell.append(button);
  return cell;
}

function sortBy(key) {
  const {first} = COLUMNS.find((column) => column.key === key);
  const again = table.sort.key === key;
  table.sort = {key, direction: again ? -table.sort.direction : first};
  keep('sort', JSON.stringify(table.sort));
  showSort();
  table.orderedAt = -Infinity;
  byId('scroller').scrollTop = 0;
  requestDraw();
}

function showSort() {
  for (const heading of byId('columns').children) {
    const sorted = heading.firstChild.dataset.key === table.sort.key;
    const word = table.sort.direction > 0 ? 'ascending' : 'descending';
    heading.setAttribute('aria-sort', sorted ? word : 'none');
  }
}

/** Pinned symbols first; those without a price last, in either direction. */
function sorted(shown) {
  const {of: valueOf} = COLUMNS.find(({key}) => key === table.sort.key);
  const {direction} = table.sort;
  const keyed = shown.map((quote) => ({quote, value: valueOf(quote), pinned: pins.has(quote.symbol)}));
  keyed.sort((a, b) => {
    if (a.pinned !== b.pinned) return a.pinned ? -1 : 1;
    if (a.quote.hasPrice !== b.quote.hasPrice) return a.quote.hasPrice ? -1 : 1;
    if (a.value !== b.value) return a.value < b.value ? -direction : direction;
    return a.quote.symbol < b.quote.symbol ? -1 : 1;
  });
  return keyed.map(({quote}) => quote);
}

/** Not at each tick: rows that jump cannot be read. */
function reorder() {
  if (now() - table.orderedAt < REORDER_MS && table.known === quotes.size) return;
  table.orderedAt = now();
  table.known = quotes.size;
  table.order = sorted([...quotes.values()].filter(({symbol}) => symbol.includes(table.filter)));
  showCount();
}

function showCount() {
  const shown = table.order.length;
  const text = table.filter ? `${grouped(shown)} of ${counted(quotes.size, 'symbol')}` : '';
  setText(byId('count'), text);
  byId('grid').setAttribute('aria-rowcount', String(shown + 1));
  byId('empty').hidden = shown > 0;
  setText(byId('empty'), table.filter ? `No symbol contains “${table.filter}”.`
    : relay.everReached ? 'No prices yet.' : 'Waiting for the relay…');
}

function drawTable() {
  const room = measureTable();
  reorder();
  const height = `${table.order.length * table.rowHeight}px`;
  if (byId('rows').style.height !== height) byId('rows').style.height = height;
  const first = Math.max(0, Math.floor(room.top / table.rowHeight) - MARGIN_ROWS);
  const wanted = Math.ceil(room.height / table.rowHeight) + 2 * MARGIN_ROWS;
  const shown = table.order.slice(first, first + wanted);
  while (table.rows.length < shown.length) table.rows.push(new Row(table.rows.length));
  while (table.rows.length > shown.length) table.rows.pop().element.remove();
  const feed = feedNow();
  // A row keeps its place in the pool while its symbol scrolls by.
  shown.forEach((quote, i) => table.rows[(first + i) % shown.length].show(quote, first + i, feed));
  showActive();
}

/** Reads every size before anything is written: each read after a write would cost a layout. */
function measureTable() {
  const scroller = byId('scroller');
  table.rowHeight = parseFloat(getComputedStyle(scroller).getPropertyValue('--row'));
  const sparkline = table.rows[0]?.sparkline;
  table.sparkline = {width: sparkline?.clientWidth ?? 0, height: sparkline?.clientHeight ?? 0};
  return {top: scroller.scrollTop, height: scroller.clientHeight};
}

/** One row of the pool. Remembers what it shows. */
class Row {
  constructor(number) {
    this.element = make('div', 'row');
    this.element.id = `row-${number}`;
    this.element.setAttribute('role', 'row');
    this.cells = {};
    for (const {key} of COLUMNS) this.cells[key] = this.addCell(key);
    this.pin = make('button', 'pin-button');
    this.pin.type = 'button';
    this.pin.tabIndex = -1;
    this.cells.pin.append(this.pin);
    this.price = make('span', 'digits');
    this.arrow = make('span', 'arrow');
    this.arrow.setAttribute('aria-hidden', 'true');
    this.cells.price.append(this.arrow, this.price);
    this.sparkline = make('canvas');
    this.sparkline.setAttribute('aria-hidden', 'true');
    this.cells.trend.append(this.sparkline);
    byId('rows').append(this.element);
  }

  addCell(key) {
    const cell = make('div', `cell ${key}`);
    cell.setAttribute('role', 'gridcell');
    this.element.append(cell);
    return cell;
  }

  show(quote, index, feed) {
    this.place(index);
    this.bind(quote);
    this.showValues(quote);
    this.showFreshness(worse(quote, feed), feed);
    this.showPin();
    this.showTrend(quote);
  }

  place(index) {
    const top = index * table.rowHeight;
    if (this.top === top) return;
    this.top = top;
    this.element.style.transform = `translateY(${top}px)`;
    this.element.setAttribute('aria-rowindex', String(index + 2));
    this.element.classList.toggle('odd', index % 2 === 1);
  }

  bind(quote) {
    if (this.symbol === quote.symbol) return;
    this.symbol = quote.symbol;
    this.drawnAt = undefined;
    setText(this.cells.symbol, quote.symbol);
    this.pinned = undefined;
  }

  showValues(quote) {
    const direction = ['down', 'flat', 'up'][quote.direction + 1];
    setPriceText(this.price, quote.price ?? '–');
    setText(this.arrow, {down: '▼', flat: '', up: '▲'}[direction]);
    setData(this.cells.price, 'direction', direction);
    setData(this.cells.price, 'flash', quote.flash);
    setText(this.cells.change, quote.hasPrice ? changeText(quote.change) : '–');
    setData(this.cells.change, 'direction', directionOf(quote.change));
    setText(this.cells.rate, rateText(quote.ticksPerSecond));
    setText(this.cells.age, quote.hasPrice ? ageText(quote.age) : '–');
  }

  showFreshness(shown, feed) {
    const told = shown.reason === feed.reason; // above the table, for all
    setData(this.element, 'fresh', shown.freshness);
    setText(this.cells.fresh, told ? shown.freshness : verdict(shown));
    const title = verdict(shown);
    if (this.cells.fresh.title !== title) this.cells.fresh.title = title;
  }

  showPin() {
    const pinned = pins.has(this.symbol);
    if (this.pinned === pinned) return;
    this.pinned = pinned;
    setText(this.pin, pinned ? '★' : '☆');
    this.pin.setAttribute('aria-label', `Pin ${this.symbol}`);
    this.pin.setAttribute('aria-pressed', String(pinned));
  }

  showTrend(quote) {
    if (this.drawnAt === sampledAt || table.sparkline.width === 0) return; // or not shown
    this.drawnAt = sampledAt;
    drawSparkline(this.sparkline, quote.history.latest(TREND_SECONDS));
  }
}

/** A line from the lowest to the highest value. */
function drawSparkline(canvas, values) {
  const scale = devicePixelRatio;
  const {width, height} = table.sparkline;
  if (canvas.width !== Math.round(width * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  const context = canvas.getContext('2d');
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  if (values.length < 2) return;
  const least = Math.min(...values);
  const span = Math.max(...values) - least;
  const x = (i) => 1 + ((TREND_SECONDS - values.length + i) / (TREND_SECONDS - 1)) * (width - 4);
  const y = (value) => (span > 0 ? height - 3 - ((value - least) / span) * (height - 6) : height / 2);
  context.beginPath();
  values.forEach((value, i) => context.lineTo(x(i), y(value)));
  context.lineWidth = 1.25;
  context.lineJoin = 'round';
  context.strokeStyle = colors()[span === 0 ? 'muted' : values.at(-1) < values[0] ? 'fall' : 'rise'];
  context.stroke();
}

function indexOfActive() {
  return table.order.findIndex(({symbol}) => symbol === table.active);
}

function showActive() {
  const grid = byId('grid');
  let current = null;
  for (const row of table.rows) {
    const active = row.symbol === table.active;
    if (active) current = row;
    row.element.classList.toggle('active', active);
    const open = String(row.symbol === symbolView.symbol);
    if (row.element.getAttribute('aria-selected') !== open) row.element.setAttribute('aria-selected', open);
  }
  const id = current?.element.id ?? '';
  if ((grid.getAttribute('aria-activedescendant') ?? '') === id) return;
  if (id) grid.setAttribute('aria-activedescendant', id);
  else grid.removeAttribute('aria-activedescendant');
}

/** Moves to the row at `index`, as near as there is one, and scrolls it into view. */
function activate(index) {
  if (table.order.length === 0) return;
  const at = Math.max(0, Math.min(index, table.order.length - 1));
  table.active = table.order[at].symbol;
  const scroller = byId('scroller');
  const top = at * table.rowHeight;
  const bottom = top + table.rowHeight - scroller.clientHeight;
  scroller.scrollTop = Math.min(top, Math.max(bottom, scroller.scrollTop));
  requestDraw();
}

function onGridKey(event) {
  if (event.target !== byId('grid') || event.ctrlKey || event.metaKey || event.altKey) return;
  const at = indexOfActive();
  const page = Math.max(1, Math.floor(byId('scroller').clientHeight / table.rowHeight) - 1);
  const moves = {ArrowDown: at + 1, ArrowUp: Math.max(0, at - 1), PageDown: at + page,
                 PageUp: at - page, Home: 0, End: table.order.length};
  if (event.key in moves) activate(moves[event.key]);
  else if (event.key === 'Enter' && table.active) table.onOpen(table.active);
  else if (event.key === 'p' && table.active) togglePin(table.active);
  else return;
  event.preventDefault();
  requestDraw();
}

function onRowClick(event) {
  const element = event.target.closest('.row');
  const row = table.rows.find((candidate) => candidate.element === element);
  if (!row) return;
  table.active = row.symbol;
  if (event.target.closest('.pin-button')) togglePin(row.symbol);
  else table.onOpen(row.symbol);
  requestDraw();
}

function onSearch() {
  table.filter = byId('search').value.trim().toUpperCase();
  table.orderedAt = -Infinity;
  byId('scroller').scrollTop = 0;
  requestDraw();
}

function onSearchKey(event) {
  if (event.key === 'Escape') {
    byId('search').value = '';
    onSearch();
    byId('grid').focus();
  } else if (event.key === 'ArrowDown' || event.key === 'Enter') {
    reorder();
    byId('grid').focus();
    activate(0);
    if (event.key === 'Enter' && table.active) table.onOpen(table.active);
  } else {
    return;
  }
  event.preventDefault();
}
