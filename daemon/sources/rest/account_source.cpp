#include "daemon/sources/rest/account_source.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <utility>
#include <variant>

#include "daemon/config/url.hpp"
#include "daemon/core/from_config.hpp"
#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

namespace {

constexpr Time kTimeout = std::chrono::seconds(5);

}  // namespace

AccountSource::AccountSource(boost::asio::io_context& io, const Config& config,
                             boost::asio::ssl::context* tls, Publisher& publisher, SourceHost& host)
    : publisher_(publisher),
      host_(host),
      settings_(
          dial_settings_of(config, config.rest_url.value_or(rest_url_of(config.url)), io, tls)),
      client_(io, settings_),
      reconciliation_(publisher) {
  reconciliation_.configure(account_of(config));
}

void AccountSource::stop(Time) { client_.close(); }

void AccountSource::reconfigure(const Config& config, Time) {
  reconciliation_.configure(account_of(config));
  host_.deadline_changed();
}

/// One question about the account tells a wrong key from a suspended account, and both from a
/// failure of the exchange.
void AccountSource::on_refused(Time now) {
  if (asks_why_) return;
  if (client_.busy()) {
    client_.close();
    reconciliation_.on_failure(false, now);
  }
  asks_why_ = true;
  client_.get(settings_.url.path + account_target({AccountQuestion::Kind::portfolio, 0, 0, {}}, {}),
              true, kTimeout, [this](const HttpResult& result) { on_why(result); });
}

void AccountSource::on_why(const HttpResult& result) {
  const Time now(boot_now());
  asks_why_ = false;
  host_.was_late(now);
  const auto* const answer = std::get_if<HttpAnswer>(&result);
  const Refusal refusal =
      answer == nullptr ? Refusal::unknown
                        : refusal_of(answer->status, hide_key(answer->body, settings_.api_key));
  for (const auto& source : host_.sources()) source->on_refusal_explained(refusal, now);
  host_.deadline_changed();
}

/// What was asked before the sleep is answered for a time that has passed.
void AccountSource::on_late(Time now) {
  if (!client_.busy() || asks_why_) return;
  client_.close();
  reconciliation_.on_failure(false, now);
}

Time AccountSource::deadline() const {
  return client_.busy() ? Time::max() : reconciliation_.deadline();
}

void AccountSource::on_time(Time now) {
  ask(now);
  publisher_.drained();
}

void AccountSource::ask(Time now) {
  if (client_.busy()) return;
  const auto question = reconciliation_.next(now);
  if (reconciliation_.take_cut()) {
    host_.log(
        LogLevel::warning,
        "REST: not all orders that may have changed could be read: some updates may be missing",
        now);
  }
  if (!question) return;
  client_.get(
      settings_.url.path + account_target(*question, percent_encoded(question->id)), true, kTimeout,
      [this, question = *question](const HttpResult& result) { on_answer(question, result); });
}

void AccountSource::on_answer(const AccountQuestion& question, const HttpResult& result) {
  const Time now(boot_now());
  const auto* const answer = std::get_if<HttpAnswer>(&result);
  if (host_.was_late(now)) {
    reconciliation_.on_failure(false, now);
  } else if (answer == nullptr) {
    fail(question, std::get<HttpFailure>(result).why, true, now);
  } else {
    take(question, *answer, now);
  }
  ask(now);
  publisher_.drained();
  host_.deadline_changed();
}

void AccountSource::take(const AccountQuestion& question, const HttpAnswer& answer, Time now) {
  std::optional<Time> full_in;
  if (answer.limit_reset) full_in = *answer.limit_reset - Time(unix_now());
  if (answer.limit_remaining) reconciliation_.on_limit(*answer.limit_remaining, full_in, now);
  if (!std::exchange(was_short_, reconciliation_.is_short(now)) && was_short_) {
    host_.log(LogLevel::info,
              "REST: the account has few requests left in this minute; they are left to its agents",
              now);
  }
  if (answer.status == 429) {
    const auto wait = answer.retry_after ? std::optional<Time>(*answer.retry_after) : full_in;
    return reconciliation_.on_refused(wait, now);
  }
  // The exchange may repeat the key.
  const std::string clean = hide_key(answer.body, settings_.api_key);
  if (answer.status == 404 && question.kind == AccountQuestion::Kind::order &&
      account_error(clean) == "ORDER_NOT_FOUND") {
    return reconciliation_.on_no_order(now);
  }
  if (answer.status != 200) {
    const std::string code = account_error(clean);
    const std::string why = code.empty() ? fmt::format("HTTP {}", answer.status)
                                         : fmt::format("HTTP {}, {:.40}", answer.status, code);
    const bool is_about_key = answer.status == 401 || answer.status == 403;
    if (question.kind == AccountQuestion::Kind::order && !is_about_key) {
      return fail_order(why, now);
    }
    return fail(question, why, answer.status == 404, now);
  }
  if (!read(question, clean, now)) {
    publisher_.count(Counter::rest_rejected);
    constexpr std::string_view kUnusable = "an answer that cannot be used";
    if (question.kind == AccountQuestion::Kind::order) return fail_order(kUnusable, now);
    return fail(question, kUnusable, true, now);
  }
  if (!std::exchange(why_failed_, {}).empty()) {
    host_.log(LogLevel::info, "REST: the exchange answers questions about the account again", now);
  }
}

/// False if the answer is none.
bool AccountSource::read(const AccountQuestion& question, const std::string& body, Time now) {
  switch (question.kind) {
    case AccountQuestion::Kind::orders:
    case AccountQuestion::Kind::open_orders: {
      const auto orders = reader_.orders(body, question.limit);
      if (!orders) return false;
      const auto is_unreadable = [](const RequestedOrder& order) { return order.order.id.empty(); };
      if (std::any_of(orders->begin(), orders->end(), is_unreadable)) {
        publisher_.count(Counter::rest_rejected);
        host_.log(LogLevel::warning, "REST: an order in the account's list cannot be read", now);
      }
      reconciliation_.on_orders(*orders);
      break;
    }
    case AccountQuestion::Kind::order: {
      auto order = reader_.order(body);
      if (!order || order->order.id.view() != question.id) return false;
      reconciliation_.on_orders({*order});
      break;
    }
    case AccountQuestion::Kind::portfolio: {
      const auto answer = reader_.portfolio(body);
      if (!answer) return false;
      reconciliation_.on_portfolio(answer->portfolio, answer->believable, now);
      break;
    }
  }
  return true;
}

/// The exchange answers, but not about this order: the others go on.
void AccountSource::fail_order(std::string_view why, Time now) {
  host_.log(LogLevel::warning, fmt::format("REST: nothing about one order of the account: {}", why),
            now);
  reconciliation_.on_order_failed(now);
}

void AccountSource::fail(const AccountQuestion& question, std::string_view why, bool absent,
                         Time now) {
  reconciliation_.on_failure(absent, now);
  if (why_failed_ == why) return;
  why_failed_ = why;
  const bool is_portfolio = question.kind == AccountQuestion::Kind::portfolio;
  host_.log(
      LogLevel::warning,
      fmt::format("REST: no {} of the account: {}", is_portfolio ? "portfolio" : "orders", why),
      now);
}

}  // namespace tickcache::daemon
