// Creates a CacheWriter's segment and carries over data from its predecessor.
#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

#include "libcache/segment/clock.hpp"
#include "libcache/segment/clock_domain.hpp"
#include "libcache/segment/fingerprint.hpp"
#include "libcache/segment/kernel_file.hpp"
#include "libcache/writer/writer.hpp"

namespace tickcache {

namespace {

/// Older entries are not carried over.
constexpr std::int64_t kOldest = std::int64_t{24} * 3600 * 1'000'000'000;

std::uint64_t random_word() {
  std::uint64_t word = 0;
  while (word == 0) {
    if (getrandom(&word, sizeof word, 0) != static_cast<ssize_t>(sizeof word)) word = 0;
  }
  return word;
}

/// A run that does not know its clock carries nothing over: it must not be the lack of a descriptor
/// that decides.
void require_read(const char* path, int error_number) {
  if (error_number == 0) return;
  throw WriterError(WriterError::Code::system,
                    std::string("cannot read ") + path + ": " + std::strerror(error_number));
}

/// Field 22 of /proc/self/stat; 0 if there is none.
std::uint64_t own_start_ticks() {
  char buffer[1024];
  std::string_view line;
  require_read("/proc/self/stat", read_kernel_file("/proc/self/stat", buffer, line));
  // The second field, the program's name, may hold blanks and parentheses.
  std::size_t at = line.rfind(')');
  for (int field = 2; field < 22 && at != std::string_view::npos; ++field) {
    at = line.find(' ', at + 1);
  }
  std::uint64_t ticks = 0;
  if (at != std::string_view::npos) {
    std::from_chars(line.data() + at + 1, line.data() + line.size(), ticks);
  }
  return ticks;
}

layout::Header make_header(const WriterOptions& options) {
  layout::Header header = make_header(options.capacities);
  if (!geometry_is_sound(header, header.segment_size)) {
    throw WriterError(WriterError::Code::bad_options,
                      "no segment can have room for " + std::to_string(options.capacities.symbols) +
                          " symbols and a tape of " + std::to_string(options.capacities.tape) +
                          " ticks: use 1 to " + std::to_string(layout::kMaxCells) +
                          " symbols, and a power of two from 2 to " +
                          std::to_string(layout::kMaxTape) + " ticks");
  }
  header.instance = random_word();
  header.writer_pid = static_cast<std::uint32_t>(getpid());
  header.writer_start_ticks = own_start_ticks();
  header.created_unix_ns = unix_now();
  header.liveness_timeout_ns = options.liveness_timeout_ns;
  header.silence_after_ns = options.silence_after_ns;
  header.fingerprint_salt = random_word();
  header.url_fingerprint = fingerprint(options.url, FingerprintOf::url, header.fingerprint_salt);
  header.key_fingerprint = fingerprint(options.key, FingerprintOf::key, header.fingerprint_salt);
  ClockDomain own;
  require_read("/proc/sys/kernel/random/boot_id", read_clock_domain(own));
  std::memcpy(header.boot_id, own.boot_id, sizeof own.boot_id);
  header.boottime_offset_ns = own.offset_ns;
  header.writer_version.assign(options.version);
  header.upstream.assign(options.url);
  return header;
}

/// Whether a record is neither the empty slot before carried-over records nor too old.
template <class Record>
bool is_recent(const Record& record, std::int64_t oldest) noexcept {
  return record.received_ns > 0 && record.received_ns >= oldest;
}

/// Copies what is readable of a log and not older than `oldest`, with its positions. Positions go
/// on even if nothing is left to copy.
template <class Record>
void carry_log(const Ring<Record, const layout::Word>& from, const Ring<Record, layout::Word>& to,
               std::int64_t oldest) noexcept {
  const std::uint64_t head = from.head();
  std::uint64_t kept = 0;
  Record record;
  while (kept < std::min(head, from.readable()) &&
         from.read(head - kept, record) == ReadResult::ok && is_recent(record, oldest)) {
    ++kept;
  }
  to.resume_at(head - kept + 1);
  for (; kept > 0; --kept) {
    if (from.read(head - kept + 1, record) != ReadResult::ok) record = {};
    record.epoch = 0;
    to.publish(record);
  }
}

/// Whether a log has anything that carry_log() would copy.
template <class Record>
bool has_recent(const Ring<Record, const layout::Word>& from, std::int64_t oldest) noexcept {
  Record newest;
  return from.read(from.head(), newest) == ReadResult::ok && is_recent(newest, oldest);
}

/// Not where the predecessor's began: a word taken there must not look current here.
void begin_wake_word(const WritableSegmentView& view) noexcept {
  view.status().wake.store(static_cast<std::uint32_t>(view.header().instance),
                           std::memory_order_release);
}

Order newest_order(const SegmentView& from) noexcept {
  Order newest;
  return from.orders().latest(newest) ? newest : Order{};
}

void carry_word(const layout::Word& from, layout::Word& to) noexcept {
  to.store(from.load(std::memory_order_relaxed), std::memory_order_release);
}

/// Since when order updates may be missing: since the predecessor last heard something; if it never
/// did, since its newest order update. 0: nothing can be missing.
std::int64_t private_lost(const SegmentView& from) noexcept {
  const layout::StatusPart& status = from.status();
  if (from.is_up(0)) return last_heard(status.connections[0]);
  const std::int64_t last_message = load(status.connections[0].last_message_ns);
  if (last_message != 0) return last_message;
  Order newest;
  return from.orders().latest(newest) ? newest.received_ns : 0;
}

}  // namespace

CacheWriter::CacheWriter(const WriterOptions& options, std::int64_t now)
    : owner_(options.segment, options.mode) {
  unix_offset_ns_ = options.unix_offset_ns ? *options.unix_offset_ns : unix_now() - boot_now();
  layout::Header old_header;
  const Mapping predecessor = owner_.open_predecessor(old_header);
  view_ = owner_.create(make_header(options));
  updates_.resize(view_.cell_count());
  not_stored_.resize(view_.cell_count());
  holds_.resize(view_.cell_count());
  missing_before_.resize(view_.count(layout::kSeries));
  cell_channels_.assign(view_.cell_count(), kNoChannel);
  series_channels_.assign(view_.count(layout::kSeries), kNoChannel);
  channels_.reserve(view_.count(layout::kChannels));

  WritableSegmentView old;
  if (predecessor) {
    old = WritableSegmentView(predecessor.base(), old_header);
    carry_over(SegmentView(predecessor.base(), old_header), options, now);
    // We hold the lock, so its writer is dead. Marked before the name changes: if we died in
    // between, no reader would consider the old segment alive.
    auto& run_state = old.status().run_state;
    if (load(run_state) == static_cast<std::int64_t>(RunState::running)) {
      run_state.store(static_cast<std::uint64_t>(RunState::stopped), std::memory_order_release);
    }
  }
  begin_wake_word(view_);
  beat(now);
  view_.status().run_state.store(static_cast<std::uint64_t>(RunState::running),
                                 std::memory_order_release);
  owner_.publish(old);
}

CacheWriter::~CacheWriter() = default;

void CacheWriter::carry_over(const SegmentView& from, const WriterOptions& options,
                             std::int64_t now) {
  const layout::Header& old = from.header();
  const std::uint64_t salt = old.fingerprint_salt;
  // Timestamps of another clock are meaningless here.
  if (!ClockDomain::of(old).agrees_with(ClockDomain::of(view_.header()))) return;
  if (old.url_fingerprint != fingerprint(options.url, FingerprintOf::url, salt)) return;
  carry_tickers(from, options, now - kOldest);
  carry_candles(from, options, now - kOldest);
  if (old.key_fingerprint != fingerprint(options.key, FingerprintOf::key, salt)) return;
  carry_private(from, now - kOldest, now);
  if (load(from.status().key_accepted) == 1) set_key_accepted();
}

void CacheWriter::carry_tickers(const SegmentView& from, const WriterOptions& options,
                                std::int64_t oldest) {
  for (std::uint32_t i = 0; i < from.symbol_count(); ++i) {
    Ticker ticker;
    const auto ring = from.ticker(i);
    if (!ring.latest(ticker) || !is_recent(ticker, oldest)) continue;
    const SymbolKey key = SymbolKey::from(from.symbol(i).view());
    if (!key.valid() || view_.find(key)) continue;
    if (options.wants_ticker && !options.wants_ticker(key.text())) continue;
    const auto cell = insert(key);
    if (!cell) return;  // the new segment is smaller
    ticker.epoch = 0;
    ticker.symbol_index = *cell;
    ticker.objections = 0;
    updates_[*cell] = ticker.updates;
    view_.ticker(*cell).resume_at(ring.head());
    view_.ticker(*cell).publish(ticker);
    publish_symbol(key, *cell);
  }
}

void CacheWriter::carry_candles(const SegmentView& from, const WriterOptions& options,
                                std::int64_t oldest) {
  for (std::uint32_t i = 0; i < from.series_count(); ++i) {
    // A series without candles to carry over gives its slot back.
    if (!has_recent(from.closed_candles(i), oldest) && !has_recent(from.open_candle(i), oldest)) {
      continue;
    }
    if (options.wants_candles &&
        !options.wants_candles(from.series_symbol(i), from.series_interval(i))) {
      continue;
    }
    const auto series =
        insert_series(SymbolKey::from(from.series_symbol(i).view()), from.series_interval(i));
    if (!series) continue;
    view_.series(*series).standing.store(static_cast<std::uint64_t>(layout::Standing::unsubscribed),
                                         std::memory_order_relaxed);  // until it is asked for
    carry_log(from.closed_candles(i), view_.closed_candles(*series), oldest);
    carry_log(from.open_candle(i), view_.open_candle(*series), oldest);
  }
}

void CacheWriter::carry_private(const SegmentView& from, std::int64_t oldest,
                                std::int64_t now) noexcept {
  carry_log(from.orders(), view_.orders(), oldest);
  carry_log(from.portfolio(), view_.portfolio(), oldest);

  last_order_ns_ = newest_order(from).received_ns;
  const layout::RingPrefix& old = from.prefix(layout::kOrders);
  layout::RingPrefix& prefix = view_.prefix(layout::kOrders);
  carry_word(old.origin, prefix.origin);
  carry_word(old.reconciled_ns, prefix.reconciled_ns);
  carry_word(old.listed_ns, prefix.listed_ns);
  carry_word(from.prefix(layout::kPortfolio).origin, view_.prefix(layout::kPortfolio).origin);
  carry_known_orders(from);

  private_lost_ns_ = std::min(now, private_lost(from));
  // For the next run, in case this one never connects: the gap then began at the same time.
  view_.status().connections[0].last_message_ns.store(static_cast<std::uint64_t>(private_lost_ns_),
                                                      std::memory_order_release);
  layout::Gap gap;
  if (from.order_gap().latest(gap) && gap.position == view_.orders().head()) {
    pending_gap_unix_ns_ = gap.since_unix_ns;
  }
  if (pending_gap_unix_ns_ == 0 && private_lost_ns_ == 0) return;
  // Recorded at once in this segment: if this run never connects, the next one finds it here.
  const std::int64_t lost_again = private_lost_ns_;
  mark_gap(now);
  private_lost_ns_ = lost_again;
}

void CacheWriter::carry_known_orders(const SegmentView& from) noexcept {
  if (!from.has(layout::kKnownOrders)) return;
  std::uint32_t slot = 0;
  for (std::uint32_t i = 0; i < from.count(layout::kKnownOrders); ++i) {
    layout::KnownOrder order;
    if (slot == view_.count(layout::kKnownOrders)) return;
    if (from.known_order(i).latest(order) && !order.id.empty()) remember_order(slot++, order);
  }
}

void CacheWriter::keep_name(std::int64_t now) {
  switch (owner_.check_name()) {
    case SegmentOwner::Name::mine:
      return;
    case SegmentOwner::Name::foreign:
      throw WriterError(WriterError::Code::taken,
                        "segment \"" + owner_.name() +
                            "\" was replaced by somebody else: nobody would read what this daemon "
                            "writes; give each tickcached a segment name of its own");
    case SegmentOwner::Name::gone:
      break;
  }
  // Everything is copied unchanged, epochs included: the connections are still up.
  beat(now);
  layout::Header header = view_.header();
  header.instance = random_word();
  const WritableSegmentView fresh = owner_.create(header);
  std::memcpy(fresh.base() + sizeof header, view_.base() + sizeof header,
              header.segment_size - sizeof header);
  begin_wake_word(fresh);
  owner_.publish(view_);
  view_ = fresh;
}

}  // namespace tickcache
