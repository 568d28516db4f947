// Orders and portfolio, for holders of the daemon's key. The key stays in this tab.
const ACCOUNT_MS = 2000;
const ORDERS = 100;
const MONEY = [
  ['total_equity', 'Total equity'],
  ['available_cash', 'Available cash'],
  ['unrealized_pnl', 'Unrealized P&L'],
  ['realized_pnl', 'Realized P&L'],
  ['roi_pct', 'Return in %'],
];

const account = {
  key: recall('key', sessionStorage),
  askedAt: -Infinity,
  answeredAt: 0,
  asking: false,
  orders: null,
  portfolio: null,
  error: null,
  changed: true,
};

function startAccount() {
  byId('key-form').addEventListener('submit', (event) => {
    event.preventDefault();
    useKey(byId('key').value.trim());
    byId('key').value = '';
  });
  byId('forget-key').addEventListener('click', () => {
    useKey(null);
    byId('key').focus();
  });
}

function useKey(key) {
  keep('key', key, sessionStorage);
  Object.assign(account, {key, orders: null, portfolio: null, error: null, askedAt: -Infinity, changed: true});
  requestDraw();
}

async function askAccount() {
  if (!account.key || account.asking || now() - account.askedAt < ACCOUNT_MS) return;
  const {key} = account;
  account.asking = true;
  account.askedAt = now();
  try {
    const headers = {'X-API-Key': key};
    const answers = await Promise.all([ask(`/v1/orders?limit=${ORDERS}`, headers), ask('/v1/portfolio', headers)]);
    if (key === account.key) takeAccount(answers);
  } catch {
    account.error = why('unreachable');
  } finally {
    account.asking = false;
    account.changed = true;
    requestDraw();
  }
}

function takeAccount([orders, portfolio]) {
  const refused = [orders, portfolio].find(({ok, body}) => !ok && !body?.freshness);
  if (refused?.code === 403) useKey(null);
  account.error = refused ? refusal(refused) : null;
  account.answeredAt = now();
  if (orders.ok) account.orders = orders.body;
  if (portfolio.body?.freshness) account.portfolio = portfolio.body; // also if it is missing
}

function refusal({code, error}) {
  return code === 403 ? `This key is not accepted: ${error}` : error;
}

function drawAccount(visible) {
  if (!visible) return;
  askAccount();
  showAccountFreshness();
  if (!account.changed) return;
  account.changed = false;
  byId('key-form').hidden = Boolean(account.key);
  byId('account-data').hidden = !account.key || !account.portfolio;
  byId('account-error').hidden = !account.error;
  setText(byId('account-error'), account.error ?? '');
  if (account.portfolio) fillTerms(byId('portfolio'), portfolioTerms(account.portfolio));
  if (account.orders) showOrders(account.orders);
}

/** At each frame: what was live is not once the relay is lost. */
function showAccountFreshness() {
  const {orders, portfolio} = account;
  if (portfolio) {
    setBadge(byId('portfolio-freshness'), worse(portfolio, feedNow()));
    setText(byId('portfolio-note'), portfolioNote(portfolio));
    setData(byId('portfolio'), 'fresh', worse(portfolio, feedNow()).freshness);
  }
  const newest = orders?.at(-1);
  byId('orders-freshness').hidden = !newest;
  if (newest) setBadge(byId('orders-freshness'), worse(newest, feedNow()));
}

function portfolioNote({timestamp, age_ms: age, origin}) {
  if (age === null) return 'No portfolio received yet.';
  const source = origin === 'rest' ? ' by REST' : '';
  return `${dateText(timestamp)} UTC, received ${ageText(age + now() - account.answeredAt)} ago${source}`;
}

function portfolioTerms(portfolio) {
  return MONEY.map(([key, title]) => {
    const text = portfolio[key] ?? '–';
    return [title, text, key.includes('pnl') || key === 'roi_pct' ? signOf(text) : ''];
  });
}

function signOf(decimal) {
  const value = Number(decimal);
  return value > 0 ? 'gain' : value < 0 ? 'loss' : '';
}

/** Newest first. */
function showOrders(orders) {
  const rows = [...orders].reverse().flatMap(rowsOfOrder);
  byId('orders').replaceChildren(...rows);
  byId('orders-empty').hidden = rows.length > 0;
}

/** An order, and the gap before it. The last record may be a gap alone: it has no position. */
function rowsOfOrder(order) {
  const rows = order.position === null ? [] : [rowOfOrder(order)];
  if (order.gap_since) rows.push(make('li', 'gap', `Updates may be missing since ${dateText(order.gap_since)} UTC`));
  return rows;
}

function rowOfOrder(order) {
  const row = make('li');
  row.dataset.side = order.side ?? '';
  row.dataset.status = order.status ?? '';
  row.title = order.order_id ?? '';
  const what = make('span');
  what.append(make('strong', '', order.symbol ?? '–'),
              make('span', 'side', [order.side, order.type].filter(Boolean).join(' ').replaceAll('_', ' ')));
  row.append(what, make('span', 'status', (order.status ?? '–').replaceAll('_', ' ')),
             make('span', 'detail', orderDetail(order)), timeOf(order.received_at));
  return row;
}

function timeOf(iso) {
  const today = new Date().toISOString().slice(0, 10);
  const time = make('time', '', iso?.startsWith(today) ? timeText(iso, 8) : dateText(iso));
  time.dateTime = iso ?? '';
  return time;
}

function orderDetail(order) {
  const price = order.price ? ` at ${order.price}` : '';
  const wanted = `${order.quantity ?? '–'}${price}`;
  return [wanted, executedText(order)].filter(Boolean).join(', ');
}

function executedText(order) {
  if (order.rejected_reason) return order.rejected_reason;
  if (!order.executed_quantity && !order.executed_price) return '';
  const fee = order.fee ? `, fee ${order.fee}` : '';
  return `executed ${order.executed_quantity ?? '?'} at ${order.executed_price ?? '?'}${fee}`;
}
