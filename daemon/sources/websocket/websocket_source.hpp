// The exchange's WebSocket as a source. The sessions do the I/O; Upstream decides.
#pragma once

#include <array>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ssl/context.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "daemon/core/publisher.hpp"
#include "daemon/platform/decode.hpp"
#include "daemon/sources/source.hpp"
#include "daemon/sources/websocket/session.hpp"
#include "daemon/sources/websocket/upstream.hpp"

namespace tickcache::daemon {

class WebSocketSource final : public Source, private SessionListener {
 public:
  /// `io`, `tls` and `host` must outlive it. The publisher need not exist before start() or after
  /// stop(). `tls` may be null if the URL needs none.
  WebSocketSource(boost::asio::io_context& io, const Config& config, boost::asio::ssl::context* tls,
                  Publisher& publisher, SourceHost& host);

  void start(Time now) override;
  void stop(Time now) override;
  void reconfigure(const Config& config, Time now) override;
  void on_time(Time now) override;
  void on_late(Time now) override;
  void on_ticks_lost(Time now) override;
  void on_exchange_answers(Time now) override;
  void on_refusal_explained(Refusal refusal, Time now) override;
  [[nodiscard]] Time deadline() const override { return upstream_.deadline(); }
  [[nodiscard]] Outlook outlook() const override { return upstream_.outlook(); }

  /// Settings of new sessions. Tests may change them before start(), to avoid DNS and long
  /// timeouts.
  [[nodiscard]] SessionSettings& session_settings() noexcept { return session_settings_; }

 private:
  // SessionListener
  void on_open(SessionId id) override;
  void on_failed(SessionId id, const Failure& failure) override;
  void on_text(SessionId id, std::string_view message, Time now) override;
  void on_binary(SessionId id, std::string_view message, Time now) override;
  void on_drained() override;
  void on_pong(SessionId id) override;
  void on_closed(SessionId id, int code) override;

  void on_message(SessionId id, std::string_view message, const Event& event, Time now);
  void tell_rejected(SessionId id, Counter why, std::string_view message, Time now);

  // Carry out Upstream's actions.
  void carry_out(Time now);
  void act(const Action& action, Time now);

  [[nodiscard]] std::string without_key(std::string_view text) const;

  boost::asio::io_context& io_;
  Publisher& publisher_;
  SourceHost& host_;
  SessionSettings session_settings_;
  bool key_may_be_symbol_ = false;  ///< then it could be stored with a tick
  Decoder decoder_;
  Upstream upstream_;
  KeyRejection key_rejection_;  ///< as published
  std::array<std::shared_ptr<Session>, kMaxConnections> sessions_;
  struct Rejected {
    std::optional<Time> told;
    std::uint64_t untold = 0;  ///< since then
  };
  std::array<Rejected, kCounterCount> rejected_;  ///< by the reason's number
};

}  // namespace tickcache::daemon
