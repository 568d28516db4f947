// A client that reads server-sent events.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bridges/relay/client.hpp"
#include "bridges/relay/target.hpp"

namespace tickcache::relay {

class EventStream : public Client {
 public:
  /// A comment is sent this often, so that a client and what is between know that it is alive.
  static constexpr std::int64_t kCommentEvery = 15'000'000'000;

  static constexpr std::string_view kType = "text/event-stream";

  using Client::Client;

  /// Why `target` asks for what there is not; empty if it does not.
  [[nodiscard]] static std::string problem_with(const Target& target, Hub& hub,
                                                std::string_view key);

  /// Begins to send. `last_event`: the id of the last event that it got before, or empty.
  /// `head`: the response's. Call it when a shared_ptr holds the client.
  void accept(const Target& target, std::string_view last_event, std::string_view head);

  void on_time(std::int64_t now_ns) override;
  void end(std::string_view why) override;

 private:
  void on_drained() override;
  void replay();
  void begin();
  void send_id();
  void watch();

  std::int64_t commented_ns_ = 0;
  std::optional<std::uint64_t> replayed_;  ///< the last event of those that it had missed, so far
  std::array<char, 64> ignored_{};
};

}  // namespace tickcache::relay
