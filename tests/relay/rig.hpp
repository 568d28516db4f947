// A relay in the test's process, on a segment that the test writes.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "bridges/relay/config.hpp"
#include "cli/test_segment.hpp"
#include "relay/clients.hpp"

namespace tickcache::test {

/// Connected and alive from the start, unless the test changes that. Its key is "ak_test".
class RelayRig {
 public:
  /// `adjust` changes the relay's configuration.
  explicit RelayRig(const std::function<void(relay::Config&)>& adjust = {});
  ~RelayRig();
  RelayRig(const RelayRig&) = delete;
  RelayRig& operator=(const RelayRig&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  /// Lets `change` write to the segment.
  void write(const std::function<void(TestSegment&)>& change);
  void tick(std::string_view symbol, std::string_view price) {
    write([&](TestSegment& segment) { segment.tick(symbol, price); });
  }
  /// Whether the daemon seems to be alive.
  void beat(bool on) noexcept { beats_ = on; }
  /// Waits until the relay says what it thinks of the feed.
  [[nodiscard]] bool is_live() const { return get(port_, "/readyz").status == 200; }

 private:
  struct Running;

  std::mutex mutex_;
  TestSegment segment_;
  std::atomic<bool> beats_ = true;
  std::atomic<bool> stops_ = false;
  std::unique_ptr<Running> relay_;
  std::uint16_t port_ = 0;
  std::thread beater_;
};

}  // namespace tickcache::test
