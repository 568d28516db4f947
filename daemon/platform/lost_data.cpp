#include "daemon/platform/lost_data.hpp"

#include <charconv>
#include <cstdint>

#include "daemon/platform/channel_name.hpp"

namespace tickcache::daemon {

namespace {

constexpr std::string_view kBlanks = " \t\r\n";

/// Takes a string off the start of `text`, behind its opening quote, and unescapes it. False if it
/// does not end or does not fit.
template <std::size_t N>
bool take_string(std::string_view& text, Text<N>& out) noexcept {
  out = {};
  std::size_t size = 0;
  const auto add = [&](std::uint32_t c) {
    if (size == Text<N>::kMaxSize) return false;
    out.bytes[size++] = static_cast<char>(c);
    return true;
  };
  while (!text.empty()) {
    char c = text.front();
    text.remove_prefix(1);
    if (c == '"') return true;
    std::uint32_t code = 0;
    if (c == '\\' && text.size() >= 5 && text.front() == 'u' &&
        std::from_chars(text.data() + 1, text.data() + 5, code, 16).ptr == text.data() + 5) {
      text.remove_prefix(5);
      const bool added = code < 0x80 ? add(code)
                         : code < 0x800
                             ? add(0xC0 | code >> 6) && add(0x80 | (code & 0x3F))
                             : add(0xE0 | code >> 12) && add(0x80 | (code >> 6 & 0x3F)) &&
                                   add(0x80 | (code & 0x3F));
      if (!added) return false;
      continue;
    }
    if (c == '\\' && !text.empty()) {
      c = text.front();
      text.remove_prefix(1);
    }
    if (!add(static_cast<unsigned char>(c))) return false;
  }
  return false;
}

/// Calls use() with the text of each member of that name; `quoted` is the name in quotes.
template <std::size_t N, class Use>
void each_text(std::string_view message, std::string_view quoted, Use&& use) noexcept {
  for (auto at = message.find(quoted); at != message.npos; at = message.find(quoted)) {
    message.remove_prefix(at + quoted.size());
    const auto colon = message.find_first_not_of(kBlanks);
    if (colon == message.npos || message[colon] != ':') continue;
    const auto open = message.find_first_not_of(kBlanks, colon + 1);
    if (open == message.npos || message[open] != '"') continue;
    message.remove_prefix(open + 1);
    Text<N> text;
    if (take_string(message, text)) use(text.view());
  }
}

}  // namespace

LostData lost_data(std::string_view message) noexcept {
  LostData lost;
  bool names_any = false;  // channel or type, known or not
  bool tickers = false;
  bool candles = false;
  Text<32> interval{};
  each_text<32>(message, "\"interval\"", [&](std::string_view text) { interval.assign(text); });
  const auto add_symbol = [&](std::string_view text, std::string_view series) {
    Channel channel{ChannelKind::ticker, {}, {}};
    if (!assign_symbol(text, channel.symbol)) return;
    if (tickers) lost.add(channel);
    channel.kind = ChannelKind::candles;
    if (candles && assign_interval(series, channel.interval)) lost.add(channel);
  };
  const auto add_name = [&](std::string_view text) {
    names_any = true;
    const auto name = parse_channel_name(text);
    if (!name) return;
    tickers |= name->kind == ChannelKind::ticker || name->kind == ChannelKind::all_tickers;
    candles |= name->kind == ChannelKind::candles;
    if (name->kind == ChannelKind::orders || name->kind == ChannelKind::portfolio) {
      lost.add({name->kind, {}, {}});
    }
    if (name->symbol) add_symbol(*name->symbol, name->interval.value_or(interval.view()));
  };
  each_text<64>(message, "\"channel\"", add_name);
  each_text<64>(message, "\"type\"", add_name);
  if (!names_any) tickers = true;
  each_text<64>(message, "\"symbol\"",
                [&](std::string_view text) { add_symbol(text, interval.view()); });
  return lost;
}

}  // namespace tickcache::daemon
