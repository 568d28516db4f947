// Reader: the daemon's state, and waiting for changes.
#include <algorithm>

#include "libcache/reader/reader_impl.hpp"

namespace tickcache {

namespace {

/// Maximum interval between checks of the daemon while waiting.
constexpr std::int64_t kLongestSleep = 250'000'000;

void read_error(const SegmentView& view, std::uint32_t i, ConnectionStatus& out) noexcept {
  if (!view.has(layout::kErrors)) return;
  layout::ConnectionError error;
  if (!view.connection_error(i).latest(error)) return;
  out.last_error = error.text;
  out.last_error_ns = error.time_ns;
  out.failures = error.failures;
}

void read_connections(const SegmentView& view, Status& out) noexcept {
  for (std::uint32_t i = 0; i < kMaxConnections; ++i) {
    const std::uint64_t session = view.status().sessions[i].load(std::memory_order_acquire);
    const layout::ConnectionActivity& activity = view.status().connections[i];
    ConnectionStatus& connection = out.connections[i];
    connection.state = layout::session_state(session);
    connection.epoch = layout::session_epoch(session);
    connection.changed_ns = load(activity.changed_ns);
    connection.last_message_ns = load(activity.last_message_ns);
    connection.last_tick_ns = load(activity.last_tick_ns);
    connection.messages = activity.messages.load(std::memory_order_acquire);
    connection.silence_limit_ns = silence_limit(activity, view.header().silence_after_ns);
    connection.lag_ns = load(activity.lag_ns);
    connection.lagging = load(activity.lagging) != 0;
    read_error(view, i, connection);
    if (connection.state != ConnectionState::unused) out.connection_count = i + 1;
  }
}

void read_channels(const SegmentView& view, Status& out) noexcept {
  for (std::uint32_t i = 0; i < view.channel_count(); ++i) {
    layout::ChannelRecord record;
    if (!view.channel_record(i).latest(record) || record.state == 0) continue;
    ChannelStatus& channel = out.channels[out.channel_count++];
    channel.kind = static_cast<ChannelKind>(record.kind);
    channel.state = static_cast<ChannelState>(record.state);
    channel.connection = record.connection;
    channel.origin = static_cast<Source>(record.origin);
    channel.symbol = record.symbol;
    channel.interval = record.interval;
    channel.reason = record.reason;
    channel.changed_ns = record.changed_ns;
    const layout::ChannelSlot& slot = view.channel(i);
    channel.first_data_ns = load(slot.first_data_ns);
    channel.last_data_ns = load(slot.last_data_ns);
    channel.count = slot.count.load(std::memory_order_acquire);
    if (channel.kind == ChannelKind::orders) {
      channel.reconciled_ns = load(view.prefix(layout::kOrders).reconciled_ns);
    }
  }
}

void read_key(const SegmentView& view, Status& out) noexcept {
  out.key_accepted = load(view.status().key_accepted) == 1;
  out.key_rejected_ns = load(view.status().key_rejected_ns);
  if (out.key_rejected_ns != 0) out.key_retry_until_ns = load(view.status().key_retry_until_ns);
}

void read_header(const SegmentView& view, Status& out) noexcept {
  const layout::Header& header = view.header();
  out.instance = header.instance;
  out.writer_pid = header.writer_pid;
  out.started_unix_ns = header.created_unix_ns;
  out.silence_after_ns = header.silence_after_ns;
  out.version.assign(header.writer_version.view());
  out.upstream.assign(header.upstream.view());
  out.max_symbols = view.cell_count();
}

}  // namespace

void Reader::status(Status& out) noexcept {
  out = {};
  impl_->follow();
  out.now_ns = boot_now();
  if (!impl_->view()) return;
  const SegmentView& view = impl_->view();
  read_header(view, out);
  read_connections(view, out);
  read_channels(view, out);
  out.symbols = view.symbol_count();
  out.orders = view.orders().head();
  out.portfolios = view.portfolio().head();
  read_key(view, out);
  out.verified_ns = load(view.status().verified_ns);
  out.verified_for_ns = load(view.status().verified_for_ns);
  out.hops = view.status().hops.load(std::memory_order_acquire);
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    out.counters[i] = view.status().counters[i].load(std::memory_order_acquire);
  }
  const Signals signals = load_signals(view, 0);
  out.run_state = signals.run_state <= static_cast<std::uint64_t>(RunState::superseded)
                      ? static_cast<RunState>(signals.run_state)
                      : RunState::stopped;
  out.now_ns = boot_now();
  out.heartbeat_age_ns = std::max<std::int64_t>(0, age_between(out.now_ns, signals.heartbeat_ns));
  const Verdict verdict = judge_feed(view, signals, out.now_ns);
  out.feed = verdict.freshness;
  out.reason = verdict.reason;
}

std::uint32_t Reader::wake_word() noexcept {
  impl_->follow();
  // Pairs with the writer's bump: what was published before it is visible.
  return impl_->view() ? impl_->view().status().wake.load(std::memory_order_acquire) : 0;
}

std::int64_t Reader::Impl::newest_ns(std::uint32_t bits, std::uint32_t cell) const noexcept {
  if (!view()) return 0;
  std::int64_t newest = 0;
  const auto look_at = [&](auto&& ring, auto record) {
    if (ring.latest(record)) newest = std::max(newest, record.received_ns);
  };
  if (bits & layout::kWakeTicks) look_at(view().tape(), Ticker());
  if (bits & layout::kWakeOrders) look_at(view().orders(), Order());
  if (bits & layout::kWakePortfolio) look_at(view().portfolio(), Portfolio());
  if (cell < view().symbol_count()) look_at(view().ticker(cell), Ticker());
  return newest;
}

WaitResult Reader::Impl::wait(std::uint32_t seen, std::uint32_t bits, std::int64_t timeout_ns,
                              std::uint32_t cell) noexcept {
  const std::int64_t begin = boot_now();
  const std::int64_t deadline = deadline_after(begin, timeout_ns);
  const auto alive = [&](std::int64_t now) {
    return view() && judge_daemon(view(), load_signals(view(), 0), now) == Reason::none;
  };
  const bool was_alive = alive(begin);
  for (std::int64_t now = begin;;) {
    if (attachment.stopped()) return WaitResult::stopped;
    if (view() && view().status().wake.load(std::memory_order_acquire) != seen) {
      return WaitResult::changed;
    }
    if (now >= deadline) return WaitResult::timeout;
    const std::int64_t before = newest_ns(bits, cell);
    const bool woken = attachment.sleep(seen, bits, std::min(deadline - now, kLongestSleep));
    now = boot_now();
    const std::int64_t newest = woken ? before : newest_ns(bits, cell);
    // Not if it came when the sleep was about to end, or with its wake-up still to come.
    if (newest != before && newest < now - Attachment::kWakeDelay) attachment.note_missed_wake(now);
    if (!alive(now) && attachment.look_for_successor(now)) return WaitResult::changed;
    if (alive(now) != was_alive) return WaitResult::changed;
  }
}

WaitResult Reader::wait(std::uint32_t seen, Topics topics,
                        std::chrono::nanoseconds timeout) noexcept {
  return impl_->wait(seen, topics.bits_, timeout.count());
}

WaitResult Reader::wait(std::uint32_t seen, SymbolHandle& symbol,
                        std::chrono::nanoseconds timeout) noexcept {
  // A symbol that has no cell yet gets one with its first tick, which wakes for the status.
  const std::uint32_t cell = impl_->view() ? impl_->resolve(symbol) : Impl::kNoCell;
  const std::uint32_t bits = cell != Impl::kNoCell ? layout::wake_symbol(cell) : 0;
  return impl_->wait(seen, bits | layout::kWakeStatus, timeout.count(), cell);
}

}  // namespace tickcache
