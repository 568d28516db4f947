#include "relay/rig.hpp"

#include <signal.h>
#include <unistd.h>

#include "bridges/relay/relay.hpp"

namespace tickcache::test {
namespace {

relay::Config config_for(const std::string& segment,
                         const std::function<void(relay::Config&)>& adjust) {
  relay::Config config;
  config.listen = {"127.0.0.1", 0};
  config.segment = segment;
  config.max_clients = 1000;
  if (adjust) adjust(config);
  return config;
}

}  // namespace

struct RelayRig::Running {
  explicit Running(relay::Config config) : relay(std::move(config)) {}
  ~Running() {
    kill(getpid(), SIGTERM);  // the relay takes it, from its construction on
    thread.join();
  }

  relay::Relay relay;
  std::thread thread{[this] { relay.run(); }};
};

RelayRig::RelayRig(const std::function<void(relay::Config&)>& adjust) {
  segment_.connect();
  segment_.channel(ChannelKind::all_tickers, ChannelState::acknowledged);
  segment_.writer().set_key_accepted();
  segment_.writer().beat(boot_now());
  beater_ = std::thread([this] {
    while (!stops_) {
      {
        const std::lock_guard lock(mutex_);
        if (beats_) segment_.writer().beat(boot_now());
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });
  relay_ = std::make_unique<Running>(config_for(segment_.name(), adjust));
  port_ = relay_->relay.endpoint().port();
}

RelayRig::~RelayRig() {
  relay_.reset();
  stops_ = true;
  beater_.join();
}

void RelayRig::write(const std::function<void(TestSegment&)>& change) {
  const std::lock_guard lock(mutex_);
  change(segment_);
}

}  // namespace tickcache::test
