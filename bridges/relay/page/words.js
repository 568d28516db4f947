// Words and numbers as `tickcache` prints them: those of encode/words.cpp come with the page.
const {why: WHY, counters: COUNTERS} = JSON.parse(document.getElementById('words').textContent);
WHY.unreachable = 'the relay does not answer';

/** Counters that are not zero because something went wrong. */
const TROUBLE = /^(rejected_|rest_failed|rest_rejected|rest_unpriced|drops|failures|errors|healed|cut_|absent_|ignored_)/;

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

function why(reason) {
  if (!reason) return '';
  return WHY[reason] ?? 'for a reason that this page does not know';
}

/** "live", "stale: feed reconnecting" */
function verdict({freshness, reason}) {
  const because = why(reason);
  return because ? `${freshness}: ${because}` : freshness;
}

/** Rounded down, like all ages. */
function ageText(ms) {
  const age = Math.max(0, Math.floor(ms));
  if (age < 10 * SECOND) return `${Math.floor(age / SECOND)}.${Math.floor((age % SECOND) / 100)} s`;
  if (age < 2 * MINUTE) return `${Math.floor(age / SECOND)} s`;
  if (age < 2 * HOUR) return `${Math.floor(age / MINUTE)} min`;
  if (age < 2 * DAY) return `${Math.floor(age / HOUR)} h`;
  return `${Math.floor(age / DAY)} days`;
}

/** `lag_ms` ends at 65535, which means that or more; 0 is none, or unknown. */
function lagText(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms === 0) return 'none known';
  if (ms >= 65535) return 'more than 65 s';
  return ms < SECOND ? `${ms} ms` : ageText(ms);
}

function grouped(number) {
  return Math.round(number).toLocaleString('en-US');
}

function counted(number, noun) {
  return `${grouped(number)} ${noun}${number === 1 ? '' : 's'}`;
}

function rateText(rate) {
  if (rate === null) return '–';
  return rate < 100 ? rate.toFixed(1) : grouped(rate);
}

/** "+0.12%"; less than 0.005 is neither up nor down. */
function changeText(percent) {
  if (!Number.isFinite(percent)) return '–';
  const change = Math.abs(percent) < 0.005 ? 0 : percent;
  return `${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(2)}%`;
}

function directionOf(percent) {
  return percent >= 0.005 ? 'up' : percent <= -0.005 ? 'down' : 'flat';
}

/** The digits that matter and the zeros after them: ["64534.11", "000000"]. */
function splitZeros(price) {
  const parts = /^(\d+\.\d\d\d*?)(0*)$/.exec(price);
  return parts ? parts.slice(1) : [price, ''];
}

/** "2026-11-22 16:57:59" of an ISO 8601 time in UTC. */
function dateText(iso) {
  return iso ? iso.slice(0, 19).replace('T', ' ') : '–';
}

function timeText(iso, digits = 12) {
  return iso ? iso.slice(11, 11 + digits).replace('Z', '') : '–';
}
