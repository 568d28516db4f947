#include "bridges/redis/batch.hpp"

#include <fmt/format.h>

#include <utility>

#include "encode/line.hpp"

namespace tickcache::redis {
namespace {

constexpr std::int64_t kMicrosecond = 1000;

void add_trust(encode::JsonLine& json, Freshness freshness, Reason reason) {
  json.text("freshness", to_string(freshness));
  json.text_or_null("reason", reason == Reason::none ? "" : to_string(reason));
}

/// The beginning of a message, without its end.
std::string begin(std::string_view type, const MessageHead& head) {
  return fmt::format(R"({{"type":"{}","epoch":{},"instance":"{}","sequence":{},"at":{})", type,
                     head.epoch, head.instance, head.sequence, clock_text(head.boot_ns));
}

}  // namespace

std::string clock_text(std::int64_t boot_ns) { return std::to_string(boot_ns / kMicrosecond); }

std::string record_of(std::string line) {
  line.pop_back();
  return line;
}

std::string stored_record(std::string_view record, std::int64_t boot_ns) {
  return fmt::format(R"({{"at":{},{})", clock_text(boot_ns), record.substr(1));
}

void Batch::append(std::string& list, std::string_view record) {
  if (!list.empty()) list += ',';
  list += record;
  ++size_;
}

std::string Batch::message(const MessageHead& head) const {
  std::string text = begin("batch", head);
  const std::pair<std::string_view, const std::string&> lists[] = {{"ticks", ticks_},
                                                                   {"prices", prices_},
                                                                   {"orders", orders_},
                                                                   {"portfolio", portfolios_},
                                                                   {"candles", candles_}};
  for (const auto& [name, list] : lists) {
    if (!list.empty()) text.append(",\"").append(name).append("\":[").append(list).append("]");
  }
  return text += '}';
}

std::string beat_message(const MessageHead& head, const Beat& beat) {
  encode::JsonLine json;
  add_trust(json, beat.feed.freshness, beat.feed.reason);
  json.number("hash", beat.hash);
  json.number("hops", beat.hops);
  json.text_or_null("upstream", beat.upstream);
  json.begin_object("orders");
  add_trust(json, beat.orders.freshness, beat.orders.reason);
  json.time("gap_since", beat.orders.gap_since_ns);
  json.end_object();
  json.begin_object("portfolio");
  add_trust(json, beat.portfolio.freshness, beat.portfolio.reason);
  json.end_object();
  json.begin_array("echo");
  for (const Echo& echo : beat.echoes) {
    json.begin_object();
    json.text("nonce", echo.nonce);
    json.number("at", static_cast<std::uint64_t>(echo.boot_ns / kMicrosecond));
    json.end_object();
  }
  json.end_array();
  return begin("beat", head).append(",").append(record_of(json.finish()).substr(1));
}

}  // namespace tickcache::redis
