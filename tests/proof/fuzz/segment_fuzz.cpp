// Any bytes as a segment: readers refuse them or read them, feeds follow them, a daemon takes them
// over or leaves them; nobody crashes, hangs, or looks outside. Seeds: tests/data/corpus/segment.
//
// The first byte of an input chooses. Bit 0: the rest is the file itself, or else changes to a
// valid segment, of ten bytes each: where, and the word to put there. Bit 1: a daemon takes it
// over. Bit 2: the valid segment is one of a later minor version.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "libcache/reader/judge.hpp"
#include "libcache/segment/clock.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/later_version.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/proof/fuzz/fuzz_input.hpp"
#include "tests/proof/fuzz/tiny_segment.hpp"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using tickcache::test::FuzzInput;

void require(bool holds) {
  if (!holds) std::abort();
}

std::string bytes_of(FuzzInput& input, bool raw, bool later) {
  static const std::string segments[] = {test::tiny_segment(),
                                         test::in_later_minor(test::tiny_segment())};
  if (raw) return std::string(input.rest());
  const std::string& valid = segments[later ? 1 : 0];
  std::string bytes = valid;
  while (!input.empty()) {
    const std::size_t at = input.take<std::uint16_t>();
    const auto word = input.take<std::uint64_t>();
    if (at + sizeof word <= bytes.size()) {
      std::memcpy(bytes.data() + at, &word, sizeof word);
    } else {
      bytes.resize(word % (2 * valid.size()));  // cut, or with a tail of zeros
    }
  }
  return bytes;
}

/// Everything that a reader calls, on memory with guards around it.
void read_in_memory(const std::string& bytes) {
  constexpr std::align_val_t kAligned{layout::kLine};
  struct Free {
    void operator()(std::byte* memory) const { ::operator delete[](memory, kAligned); }
  };
  const std::unique_ptr<std::byte, Free> memory(new (kAligned) std::byte[bytes.size()]);
  std::memcpy(memory.get(), bytes.data(), bytes.size());
  layout::Header header;
  if (check_header(memory.get(), bytes.size(), header).code != OpenError::none) return;
  const SegmentView view(memory.get(), header);
  std::uint64_t retries = 0;
  for (std::uint32_t i = 0; i < view.symbol_count(); ++i) {
    Ticker ticker;
    view.ticker(i).latest(ticker, retries);
    const auto found = view.find(SymbolKey::from(view.symbol(i).view()));
    require(!found || *found < view.cell_count());
    const Origin origin{ticker.epoch, ticker.connection, 0};
    require(Judgement(view, load_signals(view, ticker.connection), origin, {}).at(1).freshness !=
            Freshness::missing);
  }
  const auto read_all = [](const auto& ring, auto record) {
    const std::uint64_t head = ring.head();
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(ring.readable() + 2, 100); ++i) {
      ring.read(head - i, record);
    }
  };
  read_all(view.tape(), Ticker());
  read_all(view.orders(), Order());
  read_all(view.portfolio(), Portfolio());
  read_all(view.order_gap(), layout::Gap());
  for (std::uint32_t i = 0; view.has(layout::kErrors) && i < kMaxConnections; ++i) {
    read_all(view.connection_error(i), layout::ConnectionError());
  }
  for (std::uint32_t i = 0; i < view.series_count(); ++i) {
    read_all(view.closed_candles(i), Candle());
    read_all(view.open_candle(i), Candle());
  }
  for (std::uint32_t i = 0; i < view.channel_count(); ++i) {
    read_all(view.channel_record(i), layout::ChannelRecord());
  }
}

/// Whether a text ends within its bytes.
template <std::size_t N>
bool ends(const Text<N>& text) {
  return std::memchr(text.bytes, 0, N) != nullptr;
}

template <class R>
void check_verdict(const R& result) {
  require(result.freshness <= Freshness::live);
  require(result.age_ns >= 0);
  require(result.freshness != Freshness::live || result.reason == Reason::none);
}

void look(Reader& reader) {
  std::array<SymbolTicker, 8> tickers;
  reader.snapshot(tickers);
  for (const SymbolTicker& entry : tickers) require(ends(entry.symbol));
  for (const char* name : {"BTCUSDT", "ethusdt", "NOPE"}) {
    const Result<Ticker> result = reader.ticker(name);
    check_verdict(result);
    static_cast<void>(result.value.price().str());
    SymbolHandle handle = reader.handle(name);
    check_verdict(reader.price(handle));
  }
  std::array<Order, 4> orders;
  const ListResult list = reader.orders(orders);
  check_verdict(list);
  require(list.count <= orders.size());
  for (const Order& order : orders) require(ends(order.id) && ends(order.data));
  std::array<Candle, 4> candles;
  const ListResult series = reader.candles("BTCUSDT", "1m", candles);
  check_verdict(series);
  require(series.count <= candles.size());
  for (const Candle& candle : candles) require(ends(candle.volume));
  const Result<Portfolio> portfolio = reader.portfolio();
  check_verdict(portfolio);
  require(ends(portfolio.value.total_equity));
  static Status status;
  reader.status(status);
  require(status.channel_count <= kMaxChannels && ends(status.version) && ends(status.upstream));
  for (const ConnectionStatus& connection : status.connections)
    require(ends(connection.last_error));
  reader.wait(reader.wake_word(), Topics::ticks(), std::chrono::nanoseconds(0));
  static_cast<void>(reader.key_matches("key"));
}

/// A feed goes through what there is, then through what more there seems to be.
void follow(const std::string& name, const std::string& path, const std::string& bytes) {
  Feed feed(name);
  std::uint64_t events = 0;
  feed.on_ticker("all", [&](const auto&) { ++events; });
  feed.on_ticker(
      "BTCUSDT", [&](const auto&) { ++events; }, Delivery::latest);
  feed.on_order_update([&](const auto&) { ++events; });
  feed.on_portfolio([&](const auto&) { ++events; });
  feed.on_candles("BTCUSDT", "1m", [&](const auto&) { ++events; });
  feed.on_status([&](const auto&) { ++events; });
  feed.poll();
  // The same file with other bytes at the end of its header: heads and words jump.
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  const std::size_t half = bytes.size() / 2;
  require(fd >= 0 && pwrite(fd, bytes.data() + half, bytes.size() - half,
                            static_cast<off_t>(sizeof(layout::Header))) >= 0);
  close(fd);
  for (int i = 0; i < 4; ++i) feed.poll();
}

void take_over(const std::string& name) {
  WriterOptions options = test::options(name);
  options.capacities = {2, 2};
  options.key = "key";
  CacheWriter writer(options, boot_now());
  writer.begin_epoch(0, boot_now(), unix_now());
  for (std::uint64_t i = 1; i < 4; ++i) {
    writer.ticker(0, test::symbol("BTCUSDT"), test::make_ticker(i), boot_now());
    writer.order(0, test::make_order(i), boot_now());
  }
  Reader reader(name);
  const Result<Ticker> result = reader.ticker("BTCUSDT");
  // What was taken over may have used up the two cells; else the new tick is there.
  require(!result.live() || result.value.price() == test::make_ticker(3).price());
  look(reader);
}

void try_to_read(const test::SegmentName& name, const std::string& bytes) {
  try {
    Reader reader(name.str());
    look(reader);
    follow(name, name.path(), bytes);
  } catch (const SegmentError& error) {
    require(error.code() != OpenError::none && std::strlen(error.what()) > 0);
  }
}

void try_to_take_over(const test::SegmentName& name) {
  try {
    take_over(name);
  } catch (const WriterError& error) {
    require(error.code() == WriterError::Code::taken);
  }
}

}  // namespace

extern "C" int LLVMFuzzerInitialize(int*, char***) {
  setenv("TICKCACHE_USER", "root", 1);  // the user that the system finds fastest
  return 0;
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const test::SegmentName name;
  FuzzInput input(data, size);
  const auto how = input.take<std::uint8_t>();
  const std::string bytes = bytes_of(input, (how & 1) != 0, (how & 4) != 0);
  if (!bytes.empty()) read_in_memory(bytes);
  const int fd = open(name.path().c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0640);
  require(fd >= 0 && write(fd, bytes.data(), bytes.size()) == static_cast<ssize_t>(bytes.size()));
  close(fd);
  try_to_read(name, bytes);
  if ((how & 2) != 0) try_to_take_over(name);
  return 0;
}
