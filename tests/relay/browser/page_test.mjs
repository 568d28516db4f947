// What a user sees of the relay's page, in Chromium.
//
// RELAY_URL              the running relay, such as http://127.0.0.1:8010, with a daemon and an exchange that ticks
// EXCHANGE_CONTROL       an address whose /cut ends the exchange, and /restore brings it back
// AGENTEXCHANGE_API_KEY  the daemon's key
// CHROMIUM               default: /usr/bin/chromium
import assert from 'node:assert/strict';
import {after, before, test} from 'node:test';
import {setTimeout as sleep} from 'node:timers/promises';

import {chromium} from 'playwright-core';

const {RELAY_URL, EXCHANGE_CONTROL, AGENTEXCHANGE_API_KEY: KEY} = process.env;
const SECOND = 1000;
const STALE_WITHIN = 3 * SECOND;
const PATIENCE = 10 * SECOND; // for what has no promised time

let browser;
const complaints = []; // of any page's console, and requests that leave the relay

before(async () => {
  assert.ok(RELAY_URL, 'RELAY_URL is not set');
  browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-dev-shm-usage'],
  });
});

after(async () => {
  await browser?.close();
});

/** Waits until `holds` is true, and fails with `what` if it never is. */
async function eventually(what, holds, patience = PATIENCE) {
  const end = Date.now() + patience;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`not within ${patience} ms: ${what}`);
    await sleep(50);
  }
}

/** Opens the page at `hash`. Lines of the console that match `expected` are no complaint. */
async function open(t, {width = 1280, colorScheme = 'light', hash = '', expected = /^$/} = {}) {
  const context = await browser.newContext({viewport: {width, height: 800}, colorScheme});
  t.after(() => context.close());
  const page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.stack));
  page.on('console', (line) => {
    if (!expected.test(line.text())) complaints.push(`${line.type()}: ${line.text()}`);
  });
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol !== 'data:' && url.origin !== new URL(RELAY_URL).origin) complaints.push(`request to ${url}`);
  });
  await page.goto(`${RELAY_URL}${hash}`);
  return page;
}

/** What the rows on the screen show, from top to bottom. */
function rows(page) {
  return page.evaluate(() => [...document.querySelectorAll('.row')]
    .map((row) => ({
      index: Number(row.getAttribute('aria-rowindex')),
      symbol: row.querySelector('.symbol').textContent,
      price: row.querySelector('.digits').textContent,
      freshness: row.querySelector('.fresh').textContent,
      color: getComputedStyle(row.querySelector('.digits')).color,
    }))
    .sort((a, b) => a.index - b.index));
}

async function allRows(page, freshness) {
  const shown = await rows(page);
  return shown.length > 0 && shown.every((row) => row.freshness.startsWith(freshness));
}

async function openLive(t, options) {
  const page = await open(t, options);
  await eventually('the page is live', async () => (await verdict(page)) === 'live');
  return page;
}

function verdict(page) {
  return page.locator('#verdict-text').textContent();
}

function tellExchange(what) {
  return fetch(`${EXCHANGE_CONTROL}/${what}`);
}

async function ask(path, headers = {}) {
  const response = await fetch(`${RELAY_URL}${path}`, {headers});
  return {status: response.status, body: await response.json()};
}

test('shows live prices that change', async (t) => {
  const page = await openLive(t);
  await eventually('every row is live', () => allRows(page, 'live'));
  const before = await rows(page);
  for (const {price} of before) assert.match(price, /^\d+(\.\d+)?$/);
  await eventually('a price changes', async () => {
    const after = await rows(page);
    return after.some(({symbol, price}, i) => symbol === before[i]?.symbol && price !== before[i].price);
  });
  await eventually('a price in the browser’s tab', async () => /^[\d.]+ \S+$/.test(await page.title()));
});

test('shows the exchange, the number of symbols and the ticks a second', async (t) => {
  const page = await openLive(t);
  const {body: status} = await ask('/v1/status');
  await eventually('the number of symbols', async () =>
    (await page.locator('#fact-symbols').textContent()) === status.symbols.toLocaleString('en-US'));
  assert.equal(await page.locator('#fact-exchange').textContent(), new URL(status.upstream).host);
  await eventually('ticks a second', async () => /^[1-9]/.test(await page.locator('#fact-rate').textContent()));
});

test('draws only the rows on the screen', async (t) => {
  const page = await openLive(t);
  const {body: prices} = await ask('/v1/prices');
  await eventually('the table counts every symbol', async () =>
    Number(await page.locator('#grid').getAttribute('aria-rowcount')) === prices.length + 1);
  assert.ok((await rows(page)).length < 60);
  await page.locator('#grid').press('End');
  const last = prices.map(({symbol}) => symbol).sort().at(-1);
  await eventually('the last symbol is reached', async () => (await rows(page)).some(({symbol}) => symbol === last));
});

test('searches', async (t) => {
  const page = await openLive(t);
  await page.keyboard.press('/');
  await page.keyboard.type('btc');
  await eventually('only symbols with BTC', async () => {
    const shown = await rows(page);
    return shown.length > 0 && shown.every(({symbol}) => symbol.includes('BTC'));
  });
  assert.match(await page.locator('#count').textContent(), /^\d+ of [\d,]+ symbols$/);
  await page.keyboard.type('nothing');
  await eventually('words for no match', () => page.locator('#empty').isVisible());
  await page.keyboard.press('Escape');
  await eventually('all symbols again', async () => (await rows(page)).some(({symbol}) => !symbol.includes('BTC')));
});

test('sorts by a column', async (t) => {
  const page = await openLive(t);
  const heading = (name) => page.getByRole('grid').getByRole('columnheader', {name});
  assert.equal(await heading('Symbol').getAttribute('aria-sort'), 'ascending');
  await heading('Symbol').getByRole('button').click();
  assert.equal(await heading('Symbol').getAttribute('aria-sort'), 'descending');
  await eventually('descending by name', async () => {
    const names = (await rows(page)).map(({symbol}) => symbol);
    return names.length > 1 && names.join() === [...names].sort().reverse().join();
  });
  await heading('Price').getByRole('button').press('Enter');
  assert.equal(await heading('Price').getAttribute('aria-sort'), 'descending');
  assert.equal(await heading('Symbol').getAttribute('aria-sort'), 'none');
  await eventually('the highest price first', async () => {
    const shown = await rows(page);
    return Number(shown[0].price) > Number(shown.at(-1).price);
  });
});

test('moves, opens and pins by keyboard', async (t) => {
  const page = await openLive(t);
  const grid = page.getByRole('grid');
  await grid.focus();
  for (let i = 0; i < 3; ++i) await page.keyboard.press('ArrowDown');
  await eventually('the third row is active', async () => {
    const id = await grid.getAttribute('aria-activedescendant');
    return id && (await page.locator(`#${id}`).getAttribute('aria-rowindex')) === '4';
  });
  const {symbol} = (await rows(page))[2];
  await page.keyboard.press('Enter');
  await eventually('its panel opens', async () => (await page.locator('#symbol-name').textContent()) === symbol);
  await page.keyboard.press('p');
  await eventually('it is pinned to the top', async () => (await rows(page))[0].symbol === symbol);
  assert.equal(await page.locator('#symbol-pin').getAttribute('aria-pressed'), 'true');
});

test('draws the candles that are kept, and says how to keep others', async (t) => {
  const {body: status} = await ask('/v1/status');
  const series = status.channels.find(({kind, state}) => kind === 'candles' && state !== 'refused');
  assert.ok(series, 'the daemon of this test keeps no candles');
  const page = await openLive(t, {hash: `#symbol/${series.symbol}`});
  await eventually('a chart of candles', () => page.locator('#chart canvas').isVisible());
  await eventually('the newest candle in numbers', async () =>
    /O [\d.]+\s+H [\d.]+\s+L [\d.]+\s+C [\d.]+/.test(await page.locator('#readout').textContent()));
  const kept = new Set(status.channels.map(({symbol}) => symbol));
  const {body: prices} = await ask('/v1/prices');
  const other = prices.find(({symbol}) => !kept.has(symbol)).symbol;
  await page.goto(`${RELAY_URL}#symbol/${other}`);
  await eventually('the option to set', async () =>
    (await page.locator('#chart-notes').textContent()).includes(`candles = ${other}:1m`));
  await eventually('the page’s own line', () => page.locator('#chart canvas').isVisible());
});

test('turns stale when the exchange is cut off, and recovers', async (t) => {
  const page = await openLive(t);
  await eventually('every row is live', () => allRows(page, 'live'));
  const [{color: liveColor}] = await rows(page);
  t.after(() => tellExchange('restore'));
  await tellExchange('cut');
  await eventually('every row is stale', () => allRows(page, 'stale'), STALE_WITHIN);
  assert.match(await verdict(page), /^stale: ./);
  assert.ok(await page.getByRole('alert').filter({hasText: 'stale'}).isVisible());
  assert.notEqual((await rows(page))[0].color, liveColor);
  assert.match(await page.title(), /^Stale/);
  await tellExchange('restore');
  await eventually('every row is live again', () => allRows(page, 'live'));
  assert.equal(await page.locator('#banner').isVisible(), false);
});

test('says that the relay is unreachable', async (t) => {
  const page = await openLive(t, {expected: /ERR_INTERNET_DISCONNECTED/});
  await page.context().setOffline(true);
  await eventually('every row is down', () => allRows(page, 'down'), 2 * STALE_WITHIN);
  assert.equal(await verdict(page), 'relay unreachable');
  await page.context().setOffline(false);
  await eventually('every row is live again', () => allRows(page, 'live'));
});

for (const colorScheme of ['light', 'dark']) {
  test(`fits 380 pixels in ${colorScheme} mode`, async (t) => {
    const page = await openLive(t, {width: 380, colorScheme});
    for (const view of ['Prices', 'Symbol', 'Account', 'Health']) {
      await page.getByRole('tab', {name: view}).click();
      await page.locator(`body[data-view=${view.toLowerCase()}]`).waitFor();
      await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
      const wider = await page.evaluate(() => [document.documentElement, ...document.querySelectorAll('.panel, .scroller')]
        .filter((element) => element.scrollWidth > element.clientWidth).map(({className}) => className));
      assert.deepEqual(wider, [], view);
    }
    const [red] = (await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).match(/\d+/);
    assert.equal(Number(red) < 128, colorScheme === 'dark');
  });
}

test('shows orders and portfolio to the holder of the key', async (t) => {
  assert.ok(KEY, 'AGENTEXCHANGE_API_KEY is not set');
  assert.equal((await ask('/v1/orders')).status, 403);
  const page = await openLive(t, {hash: '#account'});
  assert.equal(await page.locator('#account-data').isVisible(), false);
  await page.getByLabel('API key').fill(KEY);
  await page.getByLabel('API key').press('Enter');
  await eventually('the portfolio', async () => {
    const {body} = await ask('/v1/portfolio', {'X-API-Key': KEY});
    return (await page.locator('#portfolio').textContent()).includes(body.total_equity);
  });
  await eventually('orders', () => page.locator('#orders li').first().isVisible());
  const stored = await page.evaluate(() => [JSON.stringify(sessionStorage), JSON.stringify(localStorage), location.href]);
  assert.ok(stored[0].includes(KEY) && !stored[1].includes(KEY) && !stored[2].includes(KEY));
  await page.getByRole('button', {name: 'Forget key'}).click();
  await eventually('nothing is left', async () => !(await page.locator('#account-data').isVisible()));
  assert.ok(!(await page.evaluate(() => JSON.stringify(sessionStorage))).includes(KEY));
});

test('says why another key is refused', async (t) => {
  const page = await openLive(t, {hash: '#account', expected: /status of 403/});
  await page.getByLabel('API key').fill('ak_live_wrong');
  await page.getByLabel('API key').press('Enter');
  await eventually('the refusal in words', async () =>
    /not accepted: ./.test(await page.locator('#account-error').textContent()));
  assert.equal(await page.locator('#account-data').isVisible(), false);
});

test('shows text of the exchange as text', async (t) => {
  const page = await open(t);
  const symbol = '<IMG SRC=X ONERROR=ALERT(1)>';
  await page.route('**/v1/prices*', async (route) => {
    const response = await route.fetch();
    const [record] = await response.json();
    await route.fulfill({response, json: [{...record, symbol}]});
  });
  await page.locator('#search').fill('<img');
  await eventually('the symbol as it is', async () => (await rows(page)).some((row) => row.symbol === symbol));
  assert.equal(await page.locator('img').count(), 0);
});

test('shows the daemon’s health in words', async (t) => {
  const page = await openLive(t, {hash: '#health'});
  await eventually('the feed', async () => (await page.locator('#health-lead').textContent()) === 'Feed live');
  await eventually('the connection', async () => /up for .*epoch/.test(await page.locator('#connections').textContent()));
  assert.match(await page.locator('#channels').textContent(), /acknowledged, [\d,]+ received, last [\d.]+ s ago/);
  assert.match(await page.locator('#counters').textContent(), /messages received/);
});

test('leaves the console empty and asks nobody else', () => {
  assert.deepEqual(complaints, []);
});
