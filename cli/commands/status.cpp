// tickcache status: feed, daemon, connections, channels, counters.
#include "encode/read.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/text.hpp"
#include "encode/status.hpp"
#include "encode/time.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

std::string daemon_text(const Status& status, const Clocks& clocks) {
  const std::string who =
      fmt::format("tickcached {}, pid {}", printable(status.version.view()), status.writer_pid);
  const std::string when = utc_seconds(status.started_unix_ns);
  if (status.feed == Freshness::down) return fmt::format("{}, started {}", who, when);
  return fmt::format("{}, up for {} (since {})", who,
                     age_text(clocks.unix_ns - status.started_unix_ns), when);
}

std::string general(const Reader& reader, const Status& status, const Clocks& clocks, bool color) {
  Table table({{"", Align::left}, {"", Align::left}});
  const auto add = [&](std::string name, std::string value, Style style = Style::plain) {
    table.add({{std::move(name), Style::dim}, {std::move(value), style}});
  };
  add("feed", feed_verdict(reader, status), style_of(status.feed));
  if (status.reason != Reason::no_segment) {
    add("upstream", printable(status.upstream.view()));
    add("daemon", daemon_text(status, clocks));
    add("heartbeat", age_text(status.heartbeat_age_ns) + " ago");
    const bool follows = status.hops > 0;
    if (follows) {
      add("way", way_sentence(status));
    } else {
      add("API key", key_sentence(status, clocks),
          status.key_rejected_ns != 0 ? Style::red : Style::plain);
    }
    add("confirmed", confirmation_sentence(status));
    if (!follows) add("REST", rest_sentence(status));
    add("segment", printable(reader.segment()));
    add("stored", fmt::format("{} of at most {}, {}, {}", counted(status.symbols, "symbol"),
                              grouped(status.max_symbols), counted(status.orders, "order update"),
                              counted(status.portfolios, "portfolio snapshot")));
  }
  return table.text(color);
}

Style style_of(ConnectionState state) noexcept {
  if (state == ConnectionState::up) return Style::green;
  return state == ConnectionState::auth_failed ? Style::red : Style::yellow;
}

std::string connections(const Status& status, bool color) {
  std::string text = "\n";
  for (std::size_t i = 0; i < std::min(status.connection_count, kMaxConnections); ++i) {
    const ConnectionStatus& connection = status.connections[i];
    if (connection.state == ConnectionState::unused) continue;
    const std::string sentence = connection_sentence(connection, status.now_ns);
    text +=
        fmt::format("connection {}: {}\n", i, styled(sentence, style_of(connection.state), color));
    if (connection.state == ConnectionState::up && brings_ticks(status, i)) {
      text += fmt::format("  ticks: {}\n",
                          styled(ticks_sentence(connection),
                                 connection.lagging ? Style::yellow : Style::plain, color));
    }
    if (const std::string error = last_error_text(connection, status.now_ns); !error.empty())
      text += fmt::format("  last error: {}\n", error);
  }
  return text.size() == 1 ? std::string() : text;
}

Style style_of(const ChannelStatus& channel) noexcept {
  if (channel.state == ChannelState::refused) return Style::red;
  // Acknowledged and silent is how a feed that delivers nothing looks.
  const bool delivers = channel.state == ChannelState::acknowledged && channel.count > 0;
  return delivers ? Style::plain : Style::yellow;
}

std::string channels(const Status& status, bool color) {
  std::string text = "\n";
  for (const ChannelStatus& channel : channels_of(status)) {
    if (channel.state == ChannelState::unused) continue;
    const std::string sentence = channel_sentence(channel, status.now_ns);
    text +=
        fmt::format("{}: {}\n", channel_name(channel), styled(sentence, style_of(channel), color));
  }
  return text.size() == 1 ? std::string() : text;
}

std::string counters(const Status& status, bool color) {
  Table table({{"", Align::right}, {"", Align::left}});
  for (std::size_t i = 0; i < kCounterCount; ++i) {
    const std::uint64_t count = status.counters[i];
    const std::string text = counter_text(static_cast<Counter>(i), count);
    if (count > 0 && !text.empty()) table.add({{grouped(count)}, {text}});
  }
  return table.size() == 0 ? std::string() : "\n" + table.text(color);
}

}  // namespace

ExitCode run_status(const Arguments& arguments, Output& out) {
  Reader reader(arguments.segment);
  const auto status = read_status(reader);
  const Clocks clocks = Clocks::now();
  const bool color = arguments.colored(out);
  out.write(arguments.json ? status_json(reader.segment(), *status, clocks)
                           : general(reader, *status, clocks, color) + connections(*status, color) +
                                 channels(*status, color) + counters(*status, color));
  return exit_code(status->feed, status->reason);
}

}  // namespace tickcache::cli
