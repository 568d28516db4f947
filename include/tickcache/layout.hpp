// The segment, byte by byte. docs/shm-layout.md describes the same layout; change both together:
// layout_test compares every offset.
// Additions (parts, words, fields at a record's end, a meaning for reserved bytes) raise kMinor;
// moves and changes of meaning raise kMajor. See "Versions" there.
//
// Most programs do not need this header: read the segment with Reader (tickcache.hpp) or the C
// interface (tickcache.h). This is for tools and for readers in other languages.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "tickcache/candle.hpp"
#include "tickcache/order.hpp"
#include "tickcache/portfolio.hpp"
#include "tickcache/status.hpp"
#include "tickcache/ticker.hpp"

namespace tickcache::layout {

/// "TICKCSHM" in the segment's first eight bytes.
inline constexpr std::uint64_t kMagic = 0x4d4853434b434954U;
/// Readers accept any minor version of their own major.
inline constexpr std::uint16_t kMajor = 2;
inline constexpr std::uint16_t kMinor = 3;

/// Everything that changes after publication is a word, loaded with acquire, stored with release.
using Word = std::atomic<std::uint64_t>;
static_assert(Word::is_always_lock_free && sizeof(Word) == 8);
static_assert(alignof(Word) == 8);
using WakeWord = std::atomic<std::uint32_t>;
static_assert(WakeWord::is_always_lock_free && sizeof(WakeWord) == 4);

inline constexpr std::size_t kLine = 64;  ///< cache line; every part begins on one

/// Location of a part: a prefix, then `count` elements of `stride` bytes. A later minor version may
/// lengthen elements and records, but keeps their beginning.
struct PartRef {
  std::uint64_t offset = 0;  ///< 0: the part is absent
  std::uint32_t prefix = 0;
  std::uint32_t count = 0;
  std::uint32_t stride = 0;
  std::uint32_t record = 0;  ///< bytes of a slot in the part's rings; 0: it has no rings
};
static_assert(sizeof(PartRef) == 24);

/// Indices of the parts in the header's table, which may have more parts than this version knows.
enum Part : std::uint32_t {
  kStatus = 0,        ///< StatusPart
  kChannels = 1,      ///< ChannelSlot
  kIndex = 2,         ///< Word: hash tag and cell number; count is a power of two
  kNames = 3,         ///< SymbolWords, by cell number
  kCells = 4,         ///< TickerCell
  kTape = 5,          ///< RingPrefix, then TapeSlot; count is a power of two
  kOrders = 6,        ///< RingPrefix, then Order; count is a power of two
  kSeries = 7,        ///< candle series: SeriesPrefix, and at its end `closed_candles` Candle each
  kPortfolio = 8,     ///< RingPrefix, then PortfolioSlot; count is a power of two
  kErrors = 9,        ///< ErrorSlot, by connection; may be absent
  kGap = 10,          ///< GapSlot, of the orders
  kKnownOrders = 11,  ///< KnownOrderSlot; for the writer's successor; may be absent (since 2.2)
  kPartCount = 12,
};

/// The start of the segment. It never changes once the segment is published. A later minor version
/// may add bytes between `reserved` and `parts`, and between entries of `parts`: check_header()
/// follows header_size and part_stride.
struct Header {
  std::uint64_t magic = kMagic;
  std::uint16_t major = kMajor;
  std::uint16_t minor = kMinor;
  std::uint32_t header_size = 0;  ///< bytes before `parts`
  std::uint64_t segment_size = 0;
  std::uint64_t instance = 0;  ///< random; new for each published segment
  std::uint32_t writer_pid = 0;
  std::uint32_t closed_candles = 0;      ///< slots of each series' ring of closed candles
  std::uint64_t writer_start_ticks = 0;  ///< field 22 of /proc/PID/stat
  std::int64_t created_unix_ns = 0;
  std::int64_t liveness_timeout_ns = 0;
  std::int64_t silence_after_ns = 0;  ///< 0: silence never makes a value stale
  std::uint64_t fingerprint_salt = 0;
  std::uint64_t url_fingerprint = 0;  ///< docs/shm-layout.md, "Fingerprints"
  std::uint64_t key_fingerprint = 0;
  std::uint8_t boot_id[16] = {};  ///< the boot that the CLOCK_BOOTTIME stamps refer to
  Text<32> writer_version;
  Text<128> upstream;  ///< the URL without the key
  std::uint32_t part_count = kPartCount;
  std::uint32_t part_stride = sizeof(PartRef);
  /// What the writer's time namespace adds to CLOCK_BOOTTIME; the smallest number: unknown.
  std::int64_t boottime_offset_ns = 0;
  std::uint8_t reserved[32] = {};
  PartRef parts[kPartCount];
};
static_assert(std::is_trivially_copyable_v<Header>);
static_assert(sizeof(Header) == 608);

/// A connection's epoch and state in one word, so that a reader sees both change together.
constexpr std::uint64_t session_word(std::uint32_t epoch, ConnectionState state) noexcept {
  return (std::uint64_t{epoch} << 32) | static_cast<std::uint64_t>(state);
}
constexpr std::uint32_t session_epoch(std::uint64_t word) noexcept {
  return static_cast<std::uint32_t>(word >> 32);
}
constexpr ConnectionState session_state(std::uint64_t word) noexcept {
  return static_cast<ConnectionState>(word & 0xff);
}

/// Recent activity of a connection. Changes with every message.
struct alignas(kLine) ConnectionActivity {
  Word changed_ns;  ///< CLOCK_BOOTTIME when the connection entered its state
  Word last_message_ns;
  Word last_tick_ns;  ///< of any symbol, if it was not late
  Word messages;
  Word silence_limit_ns;  ///< without a tick for so long, its ticks are silent; 0: see the header
  Word lag_ns;            ///< delay of its newest tick, at most 65.535 s; 0: none, or unknown
  Word lagging;           ///< 1: its newest tick was late (since minor version 1)
};
static_assert(sizeof(ConnectionActivity) == 64);

struct StatusPart {
  // Changes only a few times per run. Every lookup reads this line.
  alignas(kLine) Word run_state;  ///< RunState
  Word key_accepted;              ///< 1 once the exchange has accepted the key
  Word symbol_count;              ///< cells in use
  Word channel_count;             ///< channel slots in use
  Word series_count;              ///< candle series in use
  // Since 2.1.
  Word
      key_rejected_ns;  ///< CLOCK_BOOTTIME since which the exchange rejects the key; 0: it does not
  Word
      key_retry_until_ns;  ///< while it does: retried until then, as it was accepted before; 0: not
  // Changes ten times a second.
  alignas(kLine) Word heartbeat_ns;  ///< CLOCK_BOOTTIME
  // Change when a connection opens or is lost.
  alignas(kLine) Word sessions[kMaxConnections];  ///< session_word()
  // Changes with every batch that is published.
  alignas(kLine) WakeWord wake;
  // Change with every message.
  alignas(kLine) Word counters[kCounterCount];  ///< by Counter
  ConnectionActivity connections[kMaxConnections];
  // Change with every audit.
  alignas(kLine) Word verified_ns;  ///< CLOCK_BOOTTIME when the exchange had these prices; 0: never
  Word verified_for_ns;             ///< how long that is valid
  Word hops;  ///< machines between the exchange and this one; 0: none (since 2.3)
};
static_assert(sizeof(StatusPart) == 1664);

/// A channel and the state of its subscription.
struct ChannelRecord {
  std::uint8_t kind = 0;   ///< ChannelKind
  std::uint8_t state = 0;  ///< ChannelState; unused: the slot is free
  std::uint8_t connection = 0;
  std::uint8_t origin = 0;  ///< Source of its newest record; 0: unknown
  std::uint8_t reserved[4] = {};
  std::int64_t changed_ns = 0;
  SymbolText symbol;
  IntervalText interval;
  Text<96> reason;
};
static_assert(sizeof(ChannelRecord) == 152);

template <class Record>
inline constexpr std::size_t kWords = sizeof(Record) / sizeof(Word);

/// A ring of two, the double-buffered seqlock: the last position published, and two slots of
/// PartRef::record bytes each.
template <class Record>
struct Pair {
  static_assert(sizeof(Record) % sizeof(Word) == 0 && std::is_trivially_copyable_v<Record>);
  Word head;
  Word slots[2 * kWords<Record>];
};

struct alignas(kLine) ChannelSlot {
  Word count;
  Word first_data_ns;
  Word last_data_ns;
  alignas(kLine) Pair<ChannelRecord> record;
};
static_assert(sizeof(ChannelSlot) == 384);

/// A symbol, zero-padded.
struct SymbolWords {
  Word words[4];
};
static_assert(sizeof(SymbolWords) == sizeof(SymbolText));

/// A symbol's latest tick. Slot 0 shares a line with the head.
struct alignas(kLine) TickerCell {
  Pair<Ticker> ticker;
};
static_assert(sizeof(TickerCell) == 128);

/// Whether what is stored of the orders, the portfolio or a candle series is of the present
/// subscription. An unknown number means that it is not.
enum class Standing : std::uint64_t {
  current = 0,
  unsubscribed = 1,  ///< the daemon does not subscribe to it
  outdated = 2,      ///< nothing newer has come since it was subscribed to again, or lost a message
};

struct alignas(kLine) RingPrefix {
  Word head;      ///< the last position published; 0: none
  Word standing;  ///< of orders and portfolio: Standing; of the tape: 0
  Word origin;    ///< of orders and portfolio: Source of the newest record; 0: unknown
  /// Of the orders: CLOCK_BOOTTIME up to which the exchange's list has no update that is missing
  /// here; 0: unknown.
  Word reconciled_ns;
  /// Of the orders, for the writer's successor: CLOCK_BOOTTIME when the newest list that was read
  /// was asked for, whether or not all was read.
  Word listed_ns;
};
static_assert(sizeof(RingPrefix) == 64);

struct alignas(kLine) TapeSlot {
  Word words[kWords<Ticker>];
};
static_assert(sizeof(TapeSlot) == 64);

/// A mark that order updates may be missing.
struct Gap {
  std::int64_t since_unix_ns = 0;
  std::uint64_t position = 0;  ///< the last order update before the gap
  std::uint64_t epoch = 0;     ///< the session that began after it
};
static_assert(sizeof(Gap) == 24);

struct alignas(kLine) GapSlot {
  Pair<Gap> gap;
};
static_assert(sizeof(GapSlot) == 64);
static_assert(sizeof(Order) % kLine == 0);

/// The newest known state of an order. Only the writer's successor reads these.
struct KnownOrder {
  Text<40> id;  ///< empty: the slot is free
  Text<24> status;
  Decimal executed;
  std::int64_t received_ns = 0;  ///< or asked for
  std::uint8_t origin = 0;       ///< Source
  std::uint8_t reserved[7] = {};
};
static_assert(sizeof(KnownOrder) == 96);

struct alignas(kLine) KnownOrderSlot {
  Pair<KnownOrder> order;
};
static_assert(sizeof(KnownOrderSlot) == 256);

/// One candle series. Symbol and interval never change once series_count includes it.
struct alignas(kLine) SeriesPrefix {
  SymbolWords symbol;
  Word interval;  ///< IntervalText
  Word standing;  ///< Standing
  alignas(kLine) Word closed_head;
  alignas(kLine) Pair<Candle> open;
};
static_assert(sizeof(SeriesPrefix) == 448);

struct alignas(kLine) PortfolioSlot {
  Word words[kWords<Portfolio>];
};
static_assert(sizeof(PortfolioSlot) == 256);

/// Why a connection's last attempt or session ended.
struct ConnectionError {
  std::int64_t time_ns = 0;    ///< CLOCK_BOOTTIME
  std::uint32_t failures = 0;  ///< failed attempts since it was last open; 0 while it is
  std::uint32_t reserved = 0;
  Text<128> text;
};
static_assert(sizeof(ConnectionError) == 144);

struct alignas(kLine) ErrorSlot {
  Pair<ConnectionError> error;
};
static_assert(sizeof(ErrorSlot) == 320);

inline constexpr std::uint32_t kOrderSlots = 128;
inline constexpr std::uint32_t kKnownOrderSlots = 1024;
inline constexpr std::uint32_t kPortfolioSlots = 16;
inline constexpr std::uint32_t kClosedCandles = 256;  ///< 100, most of them also corrected once
inline constexpr std::uint32_t kCandleSeries = 64;
inline constexpr std::uint32_t kMaxCells = 1U << 20;
inline constexpr std::uint32_t kMaxTape = 1U << 26;

/// The hash of the symbol index: over the symbol in upper case, zero-padded to whole little-endian
/// words. Words without a byte of the symbol are left out.
constexpr std::uint64_t symbol_hash(const std::uint64_t* words, std::size_t count) noexcept {
  std::uint64_t hash = 0x9e3779b97f4a7c15U;
  for (std::size_t i = 0; i < count; ++i) {
    hash = (hash ^ words[i]) * 0xff51afd7ed558ccdU;
    hash ^= hash >> 32;
  }
  return hash;
}

/// An index entry: the hash's upper half as a tag, and the cell number plus one. 0 is free.
constexpr std::uint64_t index_entry(std::uint64_t hash, std::uint32_t cell) noexcept {
  return (hash & 0xffffffff00000000U) | (cell + 1U);
}

// Bits of FUTEX_WAIT_BITSET and FUTEX_WAKE_BITSET on StatusPart::wake.
inline constexpr std::uint32_t kWakeStatus = 1U << 0;  ///< also a symbol's first tick
inline constexpr std::uint32_t kWakeOrders = 1U << 1;
inline constexpr std::uint32_t kWakePortfolio = 1U << 2;
inline constexpr std::uint32_t kWakeCandles = 1U << 3;
inline constexpr std::uint32_t kWakeTicks = 1U << 4;  ///< any symbol
inline constexpr unsigned kWakeSymbolShift = 5;       ///< 27 bits, by cell number modulo 27
constexpr std::uint32_t wake_symbol(std::uint32_t cell) noexcept {
  return 1U << (kWakeSymbolShift + cell % 27);
}

}  // namespace tickcache::layout
