#include "daemon/sources/websocket/websocket_source.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <stdexcept>
#include <variant>

#include "daemon/core/from_config.hpp"
#include "daemon/service/logging.hpp"
#include "libcache/segment/clock.hpp"

namespace tickcache::daemon {

WebSocketSource::WebSocketSource(boost::asio::io_context& io, const Config& config,
                                 boost::asio::ssl::context* tls, Publisher& publisher,
                                 SourceHost& host)
    : io_(io),
      publisher_(publisher),
      host_(host),
      session_settings_{dial_settings_of(config, config.url, io, tls)},
      upstream_(wanted_of(config), timing_of(config), std::random_device()()) {
  upstream_.set_explains(config.rest);
  const std::string_view key = config.api_key.reveal();
  key_may_be_symbol_ =
      key.size() <= SymbolText::kMaxSize && std::all_of(key.begin(), key.end(), [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      });
}

void WebSocketSource::start(Time now) {
  upstream_.start(publisher_.key_accepted(), now);
  carry_out(now);
}

void WebSocketSource::stop(Time now) {
  upstream_.stop(now);
  carry_out(now);
}

void WebSocketSource::reconfigure(const Config& config, Time now) {
  upstream_.reconfigure(wanted_of(config), timing_of(config), now);
  carry_out(now);
}

void WebSocketSource::on_time(Time now) {
  upstream_.on_time(now);
  carry_out(now);
}

void WebSocketSource::on_late(Time now) {
  upstream_.on_late(now);
  carry_out(now);
}

void WebSocketSource::on_ticks_lost(Time now) {
  upstream_.on_ticks_lost(now);
  carry_out(now);
}

void WebSocketSource::on_exchange_answers(Time now) {
  upstream_.on_exchange_answers(now);
  carry_out(now);
}

void WebSocketSource::on_refusal_explained(Refusal refusal, Time now) {
  upstream_.on_refusal_explained(refusal, now);
  carry_out(now);
}

void WebSocketSource::on_open(SessionId id) {
  const Time now(boot_now());
  if (host_.was_late(now)) return;
  upstream_.on_open(id, now);
  carry_out(now);
}

void WebSocketSource::on_failed(SessionId id, const Failure& failure) {
  const Time now(boot_now());
  host_.was_late(now);
  upstream_.on_failed(id, failure, now);
  carry_out(now);
}

void WebSocketSource::on_text(SessionId id, std::string_view message, Time now) {
  if (host_.was_late(now)) return;
  const Event* const tick = key_may_be_symbol_ ? nullptr : decoder_.decode_usual_tick(message);
  if (tick != nullptr) return on_message(id, message, *tick, now);
  // The exchange may repeat the key: before anything of the message is cut or stored.
  const ApiKey& key = session_settings_.api_key;
  if (!has_key(message, key)) {
    return on_message(id, message, decoder_.decode_in_general(message), now);
  }
  const std::string clean = hide_key(message, key);
  on_message(id, clean, decoder_.decode_in_general(clean), now);
}

void WebSocketSource::on_binary(SessionId id, std::string_view message, Time now) {
  if (host_.was_late(now)) return;
  on_message(id, message, decoder_.reject(message, Counter::rejected_binary), now);
}

void WebSocketSource::on_message(SessionId id, std::string_view message, const Event& event,
                                 Time now) {
  publisher_.message(id.connection, message.size(), now);
  upstream_.set_silence_limit(publisher_.silence_limit());
  const Belongs belongs = upstream_.on_message(id, event, now);
  if (belongs != Belongs::nowhere) publisher_.publish(event, belongs, id.connection, now);
  const auto* const nothing = std::get_if<NothingEvent>(&event);
  if (nothing != nullptr) {
    tell_rejected(id, nothing->why, message, now);
  }
  // What is asked about the account follows these.
  const bool moves_deadlines =
      std::holds_alternative<OrderEvent>(event) || (nothing != nullptr && nothing->lost.count > 0);
  if (moves_deadlines) host_.deadline_changed();
  carry_out(now);
}

/// Logs the first rejected or ignored message of each kind in a minute.
void WebSocketSource::tell_rejected(SessionId id, Counter why, std::string_view message, Time now) {
  constexpr Time kEvery = std::chrono::seconds(60);
  constexpr std::size_t kLongest = 200;
  Rejected& rejected = rejected_.at(static_cast<std::size_t>(why));
  if (rejected.told && now - *rejected.told < kEvery) {
    ++rejected.untold;
    return;
  }
  std::string text = fmt::format("connection {}: {}: ", id.connection, to_string(why));
  if (rejected.untold > 0) text += fmt::format("{} more, and now: ", rejected.untold);
  rejected = {now, 0};
  // The key goes before the text is cut, where a part of it would not be recognised.
  const std::string whole = without_key(message);
  text.append(whole, 0, kLongest);
  if (whole.size() > kLongest) text += "…";
  host_.log(LogLevel::warning, text, now);
}

void WebSocketSource::on_drained() { publisher_.drained(); }

void WebSocketSource::on_pong(SessionId id) {
  const Time now(boot_now());
  if (host_.was_late(now)) return;
  upstream_.on_pong(id, now);
}

void WebSocketSource::on_closed(SessionId id, int code) {
  const Time now(boot_now());
  host_.was_late(now);
  upstream_.on_closed(id, code, now);
  carry_out(now);
}

void WebSocketSource::carry_out(Time now) {
  bool any = false;
  upstream_.drain([&](const Action& action) {
    any = true;
    act(action, now);
  });
  if (upstream_.key_accepted() && !publisher_.key_accepted()) publisher_.set_key_accepted();
  if (const KeyRejection rejection = upstream_.key_rejection(); rejection != key_rejection_) {
    key_rejection_ = rejection;
    publisher_.set_key_rejected(rejection.since, rejection.retry_until);
  }
  if (any) {
    host_.deadline_changed();
    publisher_.drained();
  } else {  // a message alone, which only moves deadlines further away
    publisher_.stored(now);
  }
}

void WebSocketSource::act(const Action& action, Time now) {
  const auto with = [this](SessionId id, auto&& use) {
    Session* const session = sessions_[id.connection].get();
    if (session && session->id() == id) use(*session);
  };
  std::visit(
      Overloaded{
          [&](const Connect& connect) {
            std::shared_ptr<Session>& session = sessions_[connect.session.connection];
            if (session) session->close(true);
            session = start_session(io_, session_settings_, connect.session, *this);
          },
          [&](const SendText& send) {
            with(send.session, [&](Session& session) { session.send_text(send.text); });
          },
          [&](const SendPong& send) {
            with(send.session, [&](Session& session) {
              session.send_pong();
              publisher_.count(Counter::pongs);
            });
          },
          [&](const SendPing& send) {
            with(send.session, [](Session& session) { session.send_ping(); });
          },
          [&](const Close& close) {
            with(close.session, [&](Session& session) { session.close(close.abort); });
          },
          [&](const SetState& set) { publisher_.set_connection(set.connection, set.state, now); },
          [&](const SetError& set) {
            publisher_.set_error(set.connection, without_key(set.why), set.failures, now);
          },
          [&](const BeginEpoch& begin) { publisher_.begin_epoch(begin.connection, now); },
          [&](const SetChannel& set) {
            publisher_.set_channel(set.connection, set.channel, set.state,
                                   without_key(set.reason.view()), now);
          },
          [&](const DropChannel& drop) { publisher_.drop_channel(drop.channel, now); },
          [&](const AskWhy&) {
            for (const auto& source : host_.sources()) source->on_refused(now);
          },
          // Why, a Log action says too.
          [&](const StopForGood& stop) { host_.key_rejected(without_key(stop.reason)); },
          [&](const Log& log) { host_.log(log.level, without_key(log.text), now); },
      },
      action);
}

std::string WebSocketSource::without_key(std::string_view text) const {
  return tickcache::daemon::without_key(text, session_settings_.api_key);
}

}  // namespace tickcache::daemon
