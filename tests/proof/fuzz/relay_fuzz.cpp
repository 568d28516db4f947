// Any bytes as a WebSocket client's message and as a request's target: what was understood can be
// said again, and then means the same. Seeds: tests/data/corpus/relay. The first byte of an input
// chooses: 0, a message; else, a target.
#include <cstdlib>
#include <string>

#include "bridges/relay/request.hpp"
#include "bridges/relay/target.hpp"
#include "tests/proof/fuzz/fuzz_input.hpp"

namespace {

using namespace tickcache::relay;

void require(bool holds) {
  if (!holds) std::abort();
}

void read_message(std::string_view text) {
  Request request;
  if (const auto error = parse_request(text, request)) {
    require(!error->code.empty() && !error->message.empty());
    return;
  }
  if (request.kind != Request::Kind::subscribe && request.kind != Request::Kind::unsubscribe)
    return;
  const std::string name = request.channel_name();
  require(!name.empty());
  if (name.find_first_of("\"\\") != name.npos) return;
  for (const unsigned char c : name) {
    if (c < ' ') return;
  }
  if (request.symbol.find(':') != std::string::npos) return;
  Request again;
  const auto error = parse_request(R"({"action":"subscribe","channel":")" + name + "\"}", again);
  require(!error);
  require(again.channel == request.channel);
  require(again.channel_name() == name);
}

std::string encoded(std::string_view text) {
  constexpr const char* kDigits = "0123456789ABCDEF";
  std::string result;
  for (const unsigned char c : text) {
    result += '%';
    result += kDigits[c >> 4];
    result += kDigits[c & 15];
  }
  return result;
}

void read_target(std::string_view text) {
  const auto target = parse_target(text);
  if (!target) return;
  std::string again;
  for (const std::string& part : target->path) again += '/' + encoded(part);
  again += '?';
  for (const auto& [name, value] : target->query) {
    again += '&' + encoded(name) + '=' + encoded(value);
    require(target->has(name) && (*target)[name] == value);
  }
  const auto same = parse_target(again);
  require(same && same->path == target->path && same->query == target->query);
  for (const std::string& item : items_of(text)) require(!item.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tickcache::test::FuzzInput input(data, size);
  const bool is_message = input.take<std::uint8_t>() == 0;
  is_message ? read_message(input.rest()) : read_target(input.rest());
  return 0;
}
