// docs/shm-layout.md says of every field where it lies and how large it is; this is where it lies.
#include "tickcache/layout.hpp"

#include <doctest/doctest.h>

#include <cctype>
#include <cstddef>
#include <fstream>
#include <map>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tickcache/status.hpp"

namespace {

using namespace tickcache;

struct Field {
  std::string name;
  std::size_t offset;
  std::size_t size;

  friend bool operator==(const Field&, const Field&) = default;
};

std::ostream& operator<<(std::ostream& out, const Field& field) {
  return out << field.name << " at " << field.offset << ", " << field.size << " bytes";
}

struct Table {
  std::size_t size = 0;
  std::vector<Field> fields;
};

std::vector<std::string> cells_of(const std::string& row) {
  std::vector<std::string> cells;
  std::istringstream in(row);
  std::string cell;
  std::getline(in, cell, '|');
  while (std::getline(in, cell, '|')) {
    const std::size_t begin = cell.find_first_not_of(' ');
    cells.push_back(begin == std::string::npos
                        ? ""
                        : cell.substr(begin, cell.find_last_not_of(' ') - begin + 1));
  }
  return cells;
}

/// The byte tables, by the structure's name.
std::map<std::string, Table> documented() {
  std::ifstream file(LAYOUT_DOCUMENT);
  std::map<std::string, Table> tables;
  std::string line;
  Table* table = nullptr;
  while (std::getline(file, line)) {
    if (line.rfind("#", 0) == 0) {
      table = nullptr;
      const std::size_t open = line.find(" (");
      if (line.rfind("### ", 0) == 0 && open != std::string::npos) {
        table = &tables[line.substr(4, open - 4)];
        table->size = std::stoul(line.substr(open + 2));
      }
    } else if (table != nullptr && line.rfind("| ", 0) == 0) {
      const std::vector<std::string> cells = cells_of(line);
      if (cells.size() < 3 || cells[0] == "offset") continue;
      table->fields.push_back({cells[2], std::stoul(cells[0]), std::stoul(cells[1])});
    }
  }
  return tables;
}

#define FIELD(type, name) \
  Field { #name, offsetof(type, name), sizeof(type::name) }

Field decimal_of_order(const char* name, Order::Field field) {
  const std::size_t number = std::countr_zero(unsigned{field});
  return {name, offsetof(Order, decimals) + number * sizeof(Decimal), sizeof(Decimal)};
}

std::map<std::string, Table> compiled() {
  using namespace layout;
  return {
      {"Header",
       {sizeof(Header),
        {FIELD(Header, magic),
         FIELD(Header, major),
         FIELD(Header, minor),
         FIELD(Header, header_size),
         FIELD(Header, segment_size),
         FIELD(Header, instance),
         FIELD(Header, writer_pid),
         FIELD(Header, closed_candles),
         FIELD(Header, writer_start_ticks),
         FIELD(Header, created_unix_ns),
         FIELD(Header, liveness_timeout_ns),
         FIELD(Header, silence_after_ns),
         FIELD(Header, fingerprint_salt),
         FIELD(Header, url_fingerprint),
         FIELD(Header, key_fingerprint),
         FIELD(Header, boot_id),
         FIELD(Header, writer_version),
         FIELD(Header, upstream),
         FIELD(Header, part_count),
         FIELD(Header, part_stride),
         FIELD(Header, boottime_offset_ns),
         FIELD(Header, reserved),
         FIELD(Header, parts)}}},
      {"PartRef",
       {sizeof(PartRef),
        {FIELD(PartRef, offset), FIELD(PartRef, prefix), FIELD(PartRef, count),
         FIELD(PartRef, stride), FIELD(PartRef, record)}}},
      {"RingPrefix",
       {sizeof(RingPrefix),
        {FIELD(RingPrefix, head), FIELD(RingPrefix, standing), FIELD(RingPrefix, origin),
         FIELD(RingPrefix, reconciled_ns), FIELD(RingPrefix, listed_ns)}}},
      {"StatusPart",
       {sizeof(StatusPart),
        {FIELD(StatusPart, run_state), FIELD(StatusPart, key_accepted),
         FIELD(StatusPart, symbol_count), FIELD(StatusPart, channel_count),
         FIELD(StatusPart, series_count), FIELD(StatusPart, key_rejected_ns),
         FIELD(StatusPart, key_retry_until_ns), FIELD(StatusPart, heartbeat_ns),
         FIELD(StatusPart, sessions), FIELD(StatusPart, wake), FIELD(StatusPart, counters),
         FIELD(StatusPart, connections), FIELD(StatusPart, verified_ns),
         FIELD(StatusPart, verified_for_ns), FIELD(StatusPart, hops)}}},
      {"ConnectionActivity",
       {sizeof(ConnectionActivity),
        {FIELD(ConnectionActivity, changed_ns), FIELD(ConnectionActivity, last_message_ns),
         FIELD(ConnectionActivity, last_tick_ns), FIELD(ConnectionActivity, messages),
         FIELD(ConnectionActivity, silence_limit_ns), FIELD(ConnectionActivity, lag_ns),
         FIELD(ConnectionActivity, lagging)}}},
      {"ChannelSlot",
       {sizeof(ChannelSlot),
        {FIELD(ChannelSlot, count), FIELD(ChannelSlot, first_data_ns),
         FIELD(ChannelSlot, last_data_ns), FIELD(ChannelSlot, record)}}},
      {"ChannelRecord",
       {sizeof(ChannelRecord),
        {FIELD(ChannelRecord, kind), FIELD(ChannelRecord, state), FIELD(ChannelRecord, connection),
         FIELD(ChannelRecord, origin), FIELD(ChannelRecord, reserved),
         FIELD(ChannelRecord, changed_ns), FIELD(ChannelRecord, symbol),
         FIELD(ChannelRecord, interval), FIELD(ChannelRecord, reason)}}},
      {"ConnectionError",
       {sizeof(ConnectionError),
        {FIELD(ConnectionError, time_ns), FIELD(ConnectionError, failures),
         FIELD(ConnectionError, reserved), FIELD(ConnectionError, text)}}},
      {"Ticker",
       {sizeof(Ticker),
        {FIELD(Ticker, price_mantissa), FIELD(Ticker, quantity_mantissa),
         FIELD(Ticker, exchange_time_ns), FIELD(Ticker, received_ns), FIELD(Ticker, updates),
         FIELD(Ticker, epoch), FIELD(Ticker, connection), FIELD(Ticker, price_scale),
         FIELD(Ticker, quantity_scale), FIELD(Ticker, flags), FIELD(Ticker, symbol_index),
         FIELD(Ticker, objections), FIELD(Ticker, not_stored), FIELD(Ticker, lag_ms)}}},
      {"Gap", {sizeof(Gap), {FIELD(Gap, since_unix_ns), FIELD(Gap, position), FIELD(Gap, epoch)}}},
      {"KnownOrder",
       {sizeof(KnownOrder),
        {FIELD(KnownOrder, id), FIELD(KnownOrder, status), FIELD(KnownOrder, executed),
         FIELD(KnownOrder, received_ns), FIELD(KnownOrder, origin), FIELD(KnownOrder, reserved)}}},
      {"Order",
       {sizeof(Order),
        {FIELD(Order, id),
         FIELD(Order, symbol),
         FIELD(Order, status),
         FIELD(Order, type),
         FIELD(Order, side),
         FIELD(Order, rejected_reason),
         decimal_of_order("quantity", Order::kQuantity),
         decimal_of_order("price", Order::kPrice),
         decimal_of_order("executed_price", Order::kExecutedPrice),
         decimal_of_order("executed_quantity", Order::kExecutedQuantity),
         decimal_of_order("fee", Order::kFee),
         FIELD(Order, filled_at_ns),
         FIELD(Order, cancelled_at_ns),
         FIELD(Order, received_ns),
         FIELD(Order, gap_since_ns),
         FIELD(Order, epoch),
         FIELD(Order, connection),
         FIELD(Order, fields),
         FIELD(Order, flags),
         FIELD(Order, origin),
         FIELD(Order, data)}}},
      {"Decimal",
       {sizeof(Decimal),
        {FIELD(Decimal, mantissa), FIELD(Decimal, scale), FIELD(Decimal, reserved)}}},
      {"SeriesPrefix",
       {sizeof(SeriesPrefix),
        {FIELD(SeriesPrefix, symbol), FIELD(SeriesPrefix, interval), FIELD(SeriesPrefix, standing),
         FIELD(SeriesPrefix, closed_head), FIELD(SeriesPrefix, open)}}},
      {"Candle",
       {sizeof(Candle),
        {FIELD(Candle, open_time_ns), FIELD(Candle, open), FIELD(Candle, high), FIELD(Candle, low),
         FIELD(Candle, close), FIELD(Candle, volume), FIELD(Candle, received_ns),
         FIELD(Candle, epoch), FIELD(Candle, connection), FIELD(Candle, closed),
         FIELD(Candle, origin), FIELD(Candle, flags)}}},
      {"Portfolio",
       {sizeof(Portfolio),
        {FIELD(Portfolio, total_equity), FIELD(Portfolio, available_cash),
         FIELD(Portfolio, unrealized_pnl), FIELD(Portfolio, realized_pnl),
         FIELD(Portfolio, roi_pct), FIELD(Portfolio, exchange_time_ns),
         FIELD(Portfolio, received_ns), FIELD(Portfolio, epoch), FIELD(Portfolio, connection),
         FIELD(Portfolio, flags), FIELD(Portfolio, origin), FIELD(Portfolio, reserved)}}},
  };
}

}  // namespace

TEST_CASE("the byte tables of the documentation are those of the code") {
  const std::map<std::string, Table> written = documented();
  const std::map<std::string, Table> built = compiled();
  CHECK(written.size() == built.size());
  for (const auto& entry : built) {
    const std::string& name = entry.first;
    const Table& table = entry.second;
    CAPTURE(name);
    REQUIRE(written.contains(name));
    const Table& told = written.at(name);
    CHECK(told.size == table.size);
    REQUIRE(told.fields.size() == table.fields.size());
    for (std::size_t i = 0; i < table.fields.size(); ++i) CHECK(told.fields[i] == table.fields[i]);
  }
}

TEST_CASE("the counters of the documentation are those of the code") {
  std::ifstream file(LAYOUT_DOCUMENT);
  std::map<std::size_t, std::string> found;
  std::string line;
  while (std::getline(file, line) && line != "### Counters") continue;
  while (std::getline(file, line) && line.rfind("#", 0) != 0) {
    const std::vector<std::string> cells = cells_of(line);
    if (cells.size() == 3 && std::isdigit(cells[0][0])) found[std::stoul(cells[0])] = cells[1];
  }
  for (std::size_t number = 0; number < kCounterCount; ++number) {
    CAPTURE(number);
    const std::string name = to_string(static_cast<Counter>(number));
    CHECK((found.count(number) == 0 ? "unknown" : found[number]) == name);
  }
}

TEST_CASE("the hashes of the documentation are those of the code") {
  std::ifstream file(LAYOUT_DOCUMENT);
  std::stringstream text;
  text << file.rdbuf();
  for (const std::string symbol : {"BTCUSDT", "1000SHIBUSDT"}) {
    std::uint64_t words[4] = {};
    symbol.copy(reinterpret_cast<char*>(words), sizeof words);
    std::ostringstream hash;
    hash << "0x" << std::hex << layout::symbol_hash(words, (symbol.size() + 7) / 8);
    CAPTURE(symbol);
    CHECK(text.str().find("`" + symbol + "`") != std::string::npos);
    CHECK(text.str().find(hash.str()) != std::string::npos);
  }
}

TEST_CASE("parts that different things write lie on lines of their own") {
  using layout::StatusPart;
  constexpr std::size_t kStarts[] = {
      offsetof(StatusPart, run_state), offsetof(StatusPart, heartbeat_ns),
      offsetof(StatusPart, sessions),  offsetof(StatusPart, wake),
      offsetof(StatusPart, counters),  offsetof(StatusPart, connections)};
  for (const std::size_t start : kStarts) CHECK(start % layout::kLine == 0);
  CHECK(alignof(StatusPart) == layout::kLine);
  CHECK(alignof(layout::TickerCell) == layout::kLine);
  CHECK(alignof(layout::TapeSlot) == layout::kLine);
}
