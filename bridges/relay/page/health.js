// The daemon's status in the words of `tickcache status` (cli/print/describe.cpp).
const MOST_CHANNELS = 200;
const STATES = {
  wanted: 'wanted, not requested yet',
  sent: 'requested, not answered yet',
  acknowledged: 'acknowledged',
  refused: 'refused',
};

let healthDrawnAt = -Infinity;

function agoText(iso) {
  return `${ageText(daemonNow() - Date.parse(iso))} ago`;
}

function confirmationText({verified_at: at, confirmed}) {
  if (!at) return 'never by the exchange';
  return `${agoText(at)}${confirmed && relay.reachable ? '' : ', too long to count'}`;
}

function connectionState({state, since, epoch}) {
  const age = ageText(daemonNow() - Date.parse(since));
  const texts = {
    connecting: `connecting for ${age}`,
    up: `up for ${age}`,
    waiting: epoch === 0 ? `not connected yet, waiting to retry for ${age}` : `lost, waiting to reconnect for ${age}`,
    auth_failed: `the exchange rejected the API key or suspended the account, ${age} ago`,
    closed: `closed ${age} ago`,
  };
  return texts[state] ?? state;
}

function connectionSentence(connection) {
  const parts = [connectionState(connection)];
  if (connection.epoch > 0) parts.push(`epoch ${grouped(connection.epoch)}`);
  if (connection.messages > 0)
    parts.push(counted(connection.messages, 'message'), `last ${agoText(connection.last_message_at)}`);
  return parts.join(', ');
}

function ticksSentence({lagging, lag_ms: lag, silence_limit_ms: limit}) {
  const text = lagging ? `${lagText(lag)} late` : lag > 0 ? `lag ${lagText(lag)}` : 'no lag known';
  return limit > 0 ? `ticks: ${text}, silent after ${ageText(limit)} without one` : `ticks: ${text}, never silent`;
}

function errorSentence({last_error: error, last_error_at: at, failures}) {
  const row = failures > 0 ? `, ${counted(failures, 'failed attempt')} in a row` : '';
  return `last error: ${error}, ${agoText(at)}${row}`;
}

function channelSentence(channel) {
  if (channel.state === 'refused') return `refused${channel.reason ? `: ${channel.reason}` : ', no reason given'}`;
  const made = channel.origin === 'ticks';
  const refusal = channel.reason ? ` (the exchange refuses it: ${channel.reason})` : '';
  const state = made ? `made of ticks${refusal}` : (STATES[channel.state] ?? channel.state);
  return [state, ...arrivals(channel, made), ...reconciliation(channel)].join(', ');
}

function arrivals({state, count, origin, last_data_at: last}, made) {
  if (count > 0) {
    const way = origin === 'rest' ? ' by REST' : '';
    return [`${grouped(count)} ${made ? 'stored' : 'received'}`, `last ${agoText(last)}${way}`];
  }
  if (made) return ['none yet'];
  return state === 'acknowledged' ? ['nothing received yet'] : [];
}

function reconciliation({reconciled_at: at}) {
  return at ? [`compared with the exchange’s list ${agoText(at)}`] : [];
}

function keySentence({key_accepted: accepted, key_rejected_since: since, key_retried_until: until}) {
  if (!since) return accepted ? 'accepted' : 'not accepted so far';
  return `rejected since ${dateText(since)} UTC${until ? `, retried until ${dateText(until)} UTC` : ''}`;
}

function restSentence({rest, counters}) {
  if (rest === 'unused') return 'not asked';
  const parts = [rest === 'answers' ? counted(counters.audits, 'comparison') : 'has not answered'];
  if (counters.rest_failed > 0) parts.push(counted(counters.rest_failed, 'failed request'));
  if (counters.rest_rejected > 0) parts.push(counted(counters.rest_rejected, 'unusable answer'));
  parts.push(counted(counters.snapshots, 'snapshot'), `${grouped(counters.healed)} healed`);
  return parts.join(', ');
}

function daemonSentence({version, pid, uptime_ms: uptime}) {
  if (!version) return '–';
  return `tickcached ${version}, pid ${pid}${uptime === null ? '' : `, up for ${ageText(uptime)}`}`;
}

function healthTerms(status) {
  const beat = status.heartbeat_age_ms;
  const lag = Math.max(0, ...status.connections.map(({lag_ms: ms}) => ms ?? 0));
  return [
    ['Upstream', status.upstream ?? '–'],
    ['Daemon', daemonSentence(status)],
    ['Heartbeat', beat === null ? '–' : `${ageText(beat + now() - relay.statusAt)} ago`],
    ['API key', keySentence(status)],
    ['Confirmed by the exchange', confirmationText(status), status.confirmed ? '' : 'warning'],
    ['REST', restSentence(status)],
    ['Lag', lagText(lag)],
    ['Stored', `${grouped(status.symbols ?? 0)} symbols of at most ${grouped(status.max_symbols ?? 0)}`],
    ['Segment', status.segment],
  ];
}

function drawHealth(visible) {
  if (!visible || now() - healthDrawnAt < 250 || !relay.status) return;
  healthDrawnAt = now();
  const {status} = relay;
  setText(byId('health-lead'), `Feed ${feedSentence()}`);
  setData(byId('health-lead'), 'fresh', feedNow().freshness);
  fillTerms(byId('health-values'), healthTerms(status));
  fillFacts(byId('connections'), status.connections.map(connectionFact));
  fillFacts(byId('channels'), channelFacts(status.channels));
  showGaps();
  showCounters(status.counters);
}

function connectionFact(connection) {
  const lines = [connectionSentence(connection), ticksSentence(connection)];
  if (connection.last_error) lines.push(errorSentence(connection));
  return {title: `connection ${connection.connection}`, lines, good: connection.state === 'up' && !connection.lagging};
}

/** Those that are not well first. */
function channelFacts(channels) {
  const facts = channels.map((channel) => ({
    title: channel.channel, lines: [channelSentence(channel)], good: channel.state === 'acknowledged'}));
  const sorted = [...facts.filter(({good}) => !good), ...facts.filter(({good}) => good)];
  const more = sorted.length - MOST_CHANNELS;
  const rest = more > 0 ? [{title: `${counted(more, 'more channel')}`, lines: [], good: true}] : [];
  return [...sorted.slice(0, MOST_CHANNELS), ...rest];
}

function fillFacts(list, facts) {
  const create = () => {
    const item = make('li');
    item.append(make('strong'), make('div'));
    return item;
  };
  fillList(list, facts, create, (item, {title, lines, good}) => {
    setData(item, 'good', String(good));
    setText(item.firstChild, title);
    fillList(item.lastChild, lines, () => make('p'), setText);
  });
}

function showGaps() {
  byId('gaps-part').hidden = relay.gaps.length === 0;
  fillFacts(byId('gaps'), relay.gaps.map(({channel, cause, missed, seen}) => ({
    title: timeText(seen.toISOString(), 8), good: false,
    lines: [`${channel ?? 'all'}: ${gapText(cause, missed)}`]})));
}

function gapText(cause, missed) {
  const texts = {
    lapped: 'this page was too slow',
    reconnected: 'tickcached lost its connection',
    restarted: 'tickcached was restarted',
    not_stored: 'tickcached rejected some, or was not subscribed meanwhile',
    not_kept: 'this page was away for longer than the relay remembers',
  };
  const number = missed > 0 ? `, ${grouped(missed)} missed` : '';
  return `${texts[cause] ?? cause}${number}`;
}

/** Trouble first; zeros left out. */
function showCounters(counters) {
  const shown = Object.entries(counters).filter(([, count]) => count > 0);
  const trouble = shown.filter(([name]) => TROUBLE.test(name));
  const others = shown.filter(([name]) => !TROUBLE.test(name));
  fillList(byId('counters'), [...trouble, ...others], () => make('tr'), (row, [name, count]) => {
    setData(row, 'kind', TROUBLE.test(name) ? 'trouble' : 'plain');
    fillRow(row, [grouped(count), COUNTERS[name] ?? name]);
  });
}
