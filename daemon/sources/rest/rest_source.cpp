#include "daemon/sources/rest/rest_source.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "daemon/core/from_config.hpp"
#include "daemon/platform/market.hpp"
#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

RestSource::RestSource(boost::asio::io_context& io, const Config& config,
                       boost::asio::ssl::context* tls, Publisher& publisher, SourceHost& host)
    : publisher_(publisher),
      host_(host),
      settings_(
          dial_settings_of(config, config.rest_url.value_or(rest_url_of(config.url)), io, tls)),
      client_(io, settings_),
      audit_(publisher, config.audit),
      candle_client_(io, settings_),
      history_(publisher),
      asks_candles_(config.candles_from == CandlesFrom::best) {}

void RestSource::stop(Time) {
  client_.close();
  candle_client_.close();
}

void RestSource::reconfigure(const Config& config, Time) {
  audit_.set_every(config.audit);
  host_.deadline_changed();  // there may be candles now
}

/// What was asked before the sleep is answered for a time that has passed.
void RestSource::on_late(Time now) {
  if (candle_client_.busy()) {
    candle_client_.close();
    history_.on_failure(now);
  }
  if (!client_.busy()) return;
  client_.close();
  audit_.on_failure(now);
}

Time RestSource::deadline() const {
  if (client_.busy()) return audit_.gives_up() ? Time(0) : Time::max();
  Time next = audit_.deadline();
  if (asks_candles_ && publisher_.candles().makes_any()) {
    next = std::min(next, history_.deadline());
  }
  return next;
}

void RestSource::on_time(Time now) {
  if (client_.busy() && audit_.gives_up()) {
    client_.close();
    audit_.on_failure(now);
  }
  ask(now);
  ask_candles(now);
}

void RestSource::ask(Time now) {
  if (client_.busy()) return;
  const auto question = audit_.next(now);
  if (!question) return;
  const std::string symbol = percent_encoded(question->symbol.view());
  client_.get(
      settings_.url.path + market_target(*question, symbol), false, audit_.patience(),
      [this, question = *question](const HttpResult& result) { on_answer(question, result); });
}

void RestSource::on_answer(const Question& question, const HttpResult& result) {
  const Time now(boot_now());
  const auto* const answer = std::get_if<HttpAnswer>(&result);
  if (host_.was_late(now)) {
    audit_.on_failure(now);
  } else if (answer == nullptr) {
    fail(std::get<HttpFailure>(result).why, Time(0), now);
  } else if (!take(question, *answer, now)) {
    fail(fmt::format("its answer to a request for {} (HTTP {}) cannot be used",
                     question.kind == Question::Kind::prices ? "prices" : "price", answer->status),
         answer->retry_after.value_or(std::chrono::seconds(0)), now);
  }
  settle(now);
}

/// False if the answer is none.
bool RestSource::take(const Question& question, const HttpAnswer& answer, Time now) {
  if (question.kind == Question::Kind::health) {
    // 503 if it is not well, with the same body. Any answer says that it can be reached.
    audit_.on_health(parse_health(answer.body).value_or(false), now);
    return true;
  }
  const bool ok = answer.status == 200;
  if (question.kind == Question::Kind::prices) {
    const auto prices = ok ? parse_prices(answer.body) : std::nullopt;
    if (!prices) return false;
    audit_.on_prices(*prices, now);
  } else {
    // Without a price for the symbol, its time is unknown: the exchange does answer.
    const auto time = ok ? parse_trade_time(answer.body) : std::nullopt;
    if (!time && (ok || answer.status >= 500 || answer.status < 400)) return false;
    audit_.on_trade_time(time.value_or(0), now);
  }
  if (!std::exchange(why_failed_, {}).empty()) {
    host_.log(LogLevel::info, "REST: the exchange answers again", now);
  }
  return true;
}

void RestSource::fail(std::string_view why, Time wait, Time now) {
  audit_.on_failure(now, wait);
  if (why_failed_ == why) return;
  why_failed_ = why;
  host_.log(LogLevel::warning,
            fmt::format("REST: {}; prices are not compared with the exchange's", why), now);
}

void RestSource::settle(Time now) {
  const bool dead = audit_.take_dead();
  const bool reachable = audit_.take_reachable();
  for (const auto& source : host_.sources()) {
    if (dead) source->on_ticks_lost(now);
    if (reachable) source->on_exchange_answers(now);
  }
  publisher_.drained();
  ask(now);
  ask_candles(now);
  host_.deadline_changed();
}

/// What the audit asks goes first.
void RestSource::ask_candles(Time now) {
  constexpr Time kPatience = std::chrono::seconds(10);
  if (!asks_candles_ || client_.busy() || candle_client_.busy()) return;
  const auto question = history_.next(now);
  if (!question) return;
  const std::string symbol = percent_encoded(question->symbol.view());
  candle_client_.get(settings_.url.path + market_target(*question, symbol), false, kPatience,
                     [this](const HttpResult& result) { on_candles(result); });
}

void RestSource::on_candles(const HttpResult& result) {
  const Time now(boot_now());
  const auto* const answer = std::get_if<HttpAnswer>(&result);
  if (host_.was_late(now)) {
    history_.on_failure(now);
  } else if (answer == nullptr) {
    fail_candles(std::get<HttpFailure>(result).why, now);
  } else if (answer->status == 400 || answer->status == 422) {
    history_.on_refused(now);
  } else if (const auto candles =
                 answer->status == 200 ? parse_candle_answer(answer->body) : std::nullopt) {
    why_no_candles_.clear();
    history_.on_candles(*candles, now);
    publisher_.drained();
  } else {
    fail_candles(
        fmt::format("its answer to a request for candles (HTTP {}) cannot be used", answer->status),
        now);
  }
  ask_candles(now);
  host_.deadline_changed();
}

void RestSource::fail_candles(std::string_view why, Time now) {
  publisher_.count(Counter::rest_failed);
  history_.on_failure(now);
  if (std::exchange(why_no_candles_, why) == why) return;
  host_.log(LogLevel::warning, fmt::format("REST: {}; candles are made of ticks alone", why), now);
}

}  // namespace tickcache::daemon
