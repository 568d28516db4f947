#include "cli/test_segment.hpp"

#include <stdexcept>
#include <utility>

namespace tickcache::test {
namespace {

WriterOptions options_for(const std::string& name) {
  WriterOptions options;
  options.segment = name;
  options.url = "ws://exchange.test/ws/v1";
  options.key = "ak_test";
  options.version = "9.8.7";
  return options;
}

template <class Text>
Text text_of(std::string_view text) {
  Text result;
  result.assign(text);
  return result;
}

}  // namespace

TestSegment::TestSegment(const std::function<void(WriterOptions&)>& adjust) {
  WriterOptions options = options_for(name());
  if (adjust) adjust(options);
  writer_.emplace(options, boot_now());
}

void TestSegment::connect() {
  const std::int64_t now = boot_now();
  writer_->begin_epoch(0, now, unix_now());
  writer_->set_connection(0, ConnectionState::up, now);
}

void TestSegment::disconnect() { writer_->set_connection(0, ConnectionState::waiting, boot_now()); }

void TestSegment::tick(std::string_view symbol, std::string_view price, std::int64_t age_ns,
                       std::uint16_t lag_ms) {
  const auto decimal = Decimal::parse(price);
  if (!decimal) throw std::invalid_argument("no price");
  Ticker ticker;
  ticker.set_price(*decimal);
  ticker.set_quantity(*Decimal::parse("0.0120"));
  ticker.exchange_time_ns = exchange_time_ns;
  ticker.lag_ms = lag_ms;
  writer_->ticker(0, text_of<SymbolText>(symbol), ticker, boot_now() - age_ns);
  // Others tick too: an old price alone does not make the connection silent.
  writer_->tick_seen(0, boot_now());
  writer_->flush();
}

void TestSegment::snapshot(std::string_view symbol, std::string_view price, std::int64_t age_ns) {
  const std::int64_t now = boot_now();
  if (!writer_->snapshot(text_of<SymbolText>(symbol),
                         {Decimal::parse(price).value(), 0, 0, now - age_ns}, now)) {
    throw std::invalid_argument("no subscription for a snapshot");
  }
  writer_->flush();
}

void TestSegment::channel(ChannelKind kind, ChannelState state, std::string_view symbol,
                          std::string_view interval, std::string_view reason, std::int64_t age_ns) {
  writer_->set_channel(kind, text_of<SymbolText>(symbol), text_of<IntervalText>(interval), 0, state,
                       reason, boot_now() - age_ns);
}

void TestSegment::prepare(Run& what) {
  what.environment.push_back("TICKCACHE_SEGMENT=" + name());
  what.meanwhile = [this, then = std::move(what.meanwhile)] {
    if (beats) writer_->beat(boot_now());
    if (then) then();
  };
  what.meanwhile();
}

Finished TestSegment::run(std::vector<std::string> arguments) {
  Run what;
  what.arguments = std::move(arguments);
  return run(std::move(what));
}

Finished TestSegment::run(Run what) {
  prepare(what);
  return test::run(what);
}

Terminal TestSegment::run_on_terminal(Run what, const Conversation& converse) {
  prepare(what);
  return test::run_on_terminal(what, converse);
}

}  // namespace tickcache::test
