// Every frame that the real server sent, whole, cut and damaged.
#include <doctest/doctest.h>
#include <rapidjson/document.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>
#include <string>
#include <vector>

#include "tests/daemon/decode/decoding.hpp"

using namespace tickcache;
using namespace tickcache::daemon;

namespace {

std::vector<std::string> server_frames() {
  std::ifstream file(TICKCACHE_TEST_DATA "/platform-frames.ndjson");
  REQUIRE(file);
  std::vector<std::string> frames;
  for (std::string line; std::getline(file, line);) {
    rapidjson::Document document;
    document.Parse(line.c_str());
    REQUIRE_FALSE(document.HasParseError());
    if (document["dir"] == "server") frames.emplace_back(document["text"].GetString());
  }
  REQUIRE(frames.size() > 500);
  return frames;
}

/// One frame of each form: the same members, and values of the same length.
std::vector<std::string> distinct_frames() {
  std::set<std::string> forms;
  std::vector<std::string> distinct;
  for (const std::string& frame : server_frames()) {
    std::string form;
    for (const char c : frame) form += c >= '0' && c <= '9' ? '0' : c >= 'A' && c <= 'Z' ? 'A' : c;
    if (forms.insert(form).second) distinct.push_back(frame);
  }
  return distinct;
}

std::string string_of(const rapidjson::Value& object, const char* name) {
  const auto member = object.FindMember(name);
  return member == object.MemberEnd() ? "" : member->value.GetString();
}

void check_tick(const TickEvent& event, const rapidjson::Value& frame) {
  const rapidjson::Value& data = frame["data"];
  CHECK(event.symbol == string_of(frame, "symbol"));
  CHECK(event.ticker.price().str() == string_of(data, "price"));
  REQUIRE(event.ticker.quantity());
  CHECK(event.ticker.quantity()->str() == string_of(data, "quantity"));
  CHECK(event.ticker.buyer_is_maker() == data["is_buyer_maker"].GetBool());
  CHECK(event.ticker.exchange_time_ns > 1'790'000'000'000'000'000);
  CHECK_FALSE(event.timestamp_ignored);
}

void check_order(const OrderEvent& event, const rapidjson::Value& frame) {
  const rapidjson::Value& data = frame["data"];
  const Order& order = event.order;
  CHECK(order.id == string_of(data, "order_id"));
  CHECK(order.status == string_of(data, "status"));
  CHECK(order.symbol == string_of(data, "symbol"));
  CHECK(order.side == string_of(data, "side"));
  CHECK(order.type == string_of(data, "type"));
  CHECK(order.rejected_reason == string_of(data, "rejected_reason"));
  CHECK((order.filled_at_ns != 0) == data.HasMember("filled_at"));
  CHECK((order.cancelled_at_ns != 0) == data.HasMember("cancelled_at"));
  CHECK(order.flags == 0);
  CHECK_FALSE(event.quantity_absent);
  CHECK_FALSE(event.timestamp_ignored);
  for (const auto& [field, name] : std::initializer_list<std::pair<Order::Field, const char*>>{
           {Order::kQuantity, "quantity"},
           {Order::kPrice, "price"},
           {Order::kExecutedPrice, "executed_price"},
           {Order::kFee, "fee"}}) {
    const auto decimal = order.decimal(field);
    CHECK((decimal ? decimal->str() : "") == string_of(data, name));
  }
}

void check_candle(const CandleEvent& event, const rapidjson::Value& frame) {
  const rapidjson::Value& data = frame["data"];
  CHECK(event.symbol == string_of(frame, "symbol"));
  CHECK(event.interval == string_of(frame, "interval"));
  CHECK(event.candle.close.str() == string_of(data, "close"));
  CHECK(event.candle.volume == string_of(data, "volume"));
  CHECK((event.candle.closed == 1) == data["is_closed"].GetBool());
}

void check_portfolio(const PortfolioEvent& event, const rapidjson::Value& frame) {
  const rapidjson::Value& data = frame["data"];
  CHECK(event.portfolio.total_equity == string_of(data, "total_equity"));
  CHECK(event.portfolio.available_cash == string_of(data, "available_cash"));
  CHECK(event.portfolio.unrealized_pnl == string_of(data, "unrealized_pnl"));
  CHECK_FALSE(event.quantity_absent);
}

TEST_CASE("every frame of the capture is what it says") {
  Decoder decoder;
  std::array<int, std::variant_size_v<Event>> kinds{};
  for (const std::string& frame : server_frames()) {
    CAPTURE(frame);
    rapidjson::Document document;
    document.Parse(frame.c_str());
    const Event& event = decode_exactly(decoder, frame);
    ++kinds[event.index()];
    const std::string channel = string_of(document, "channel");
    const std::string type = string_of(document, "type");
    if (type == "ping") {
      CHECK(std::holds_alternative<PingEvent>(event));
    } else if (type == "error") {
      const auto& error = std::get<ErrorEvent>(event);
      CHECK(error.code_text == string_of(document, "code"));
      CHECK((error.code == ErrorCode::invalid_channel ||
             error.code == ErrorCode::subscription_limit ||
             error.code == ErrorCode::unknown_action));
    } else if (!type.empty()) {
      const auto& acknowledgement = std::get<AcknowledgementEvent>(event);
      CHECK(acknowledgement.known);
      CHECK(acknowledgement.subscribed == (type == "subscribed"));
    } else if (channel == "ticker") {
      check_tick(std::get<TickEvent>(event), document);
    } else if (channel == "orders") {
      check_order(std::get<OrderEvent>(event), document);
    } else if (channel == "candles") {
      check_candle(std::get<CandleEvent>(event), document);
    } else {
      check_portfolio(std::get<PortfolioEvent>(event), document);
    }
  }
  CHECK(kinds[Event(NothingEvent{}).index()] == 0);
  for (std::size_t kind = 1; kind < kinds.size(); ++kind) CHECK(kinds[kind] > 0);
}

TEST_CASE("no prefix of a frame is a record") {
  Decoder decoder;
  for (const std::string& frame : distinct_frames()) {
    for (std::size_t size = 0; size < frame.size(); ++size) {
      const Event& event = decode_exactly(decoder, std::string_view(frame).substr(0, size));
      REQUIRE(std::holds_alternative<NothingEvent>(event));
      REQUIRE(std::get<NothingEvent>(event).why == Counter::rejected_json);
    }
  }
}

TEST_CASE("any other byte in any place does no harm") {
  Decoder decoder;
  for (std::string frame : distinct_frames()) {
    for (char& place : frame) {
      const char original = place;
      for (int byte = 0; byte < 256; ++byte) {
        place = static_cast<char>(byte);
        if (!is_sound(decode_exactly(decoder, frame))) FAIL("not sound: ", frame);
      }
      place = original;
    }
  }
}

TEST_CASE("a byte left out or doubled does no harm") {
  Decoder decoder;
  for (const std::string& frame : server_frames()) {
    for (std::size_t i = 0; i < frame.size(); ++i) {
      std::string damaged = frame;
      damaged.erase(i, 1);
      if (!is_sound(decode_exactly(decoder, damaged))) FAIL("not sound: ", damaged);
      damaged = frame;
      damaged.insert(i, 1, frame[i]);
      if (!is_sound(decode_exactly(decoder, damaged))) FAIL("not sound: ", damaged);
    }
  }
}

TEST_CASE("the fuzzer's seeds do no harm") {
  Decoder decoder;
  int count = 0;
  for (const auto& entry :
       std::filesystem::directory_iterator(TICKCACHE_TEST_DATA "/corpus/decode")) {
    std::ifstream file(entry.path(), std::ios::binary);
    const std::string seed{std::istreambuf_iterator<char>(file), {}};
    CAPTURE(entry.path().string());
    CHECK(is_sound(decode_exactly(decoder, seed)));
    ++count;
  }
  CHECK(count > 20);
}

}  // namespace
