// Follows prices in Boost.Asio's loop: `asio BTCUSDT ETHUSDT` prints the present ones, then every
// tick, until SIGINT or SIGTERM.
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <csignal>
#include <iostream>
#include <tickcache/notifier.hpp>
#include <vector>

namespace {

class Prices {
 public:
  Prices(boost::asio::io_context& io, std::vector<std::string_view> symbols)
      : notifier_(feed_.segment()), readable_(io, notifier_.fd()) {
    const auto print = [](const tickcache::Tick& tick) {
      std::cout << tick.symbol.view() << ' ' << tick.ticker.price().str()
                << (tick.present ? " at present" : "") << std::endl;
    };
    feed_.on_ticker(symbols, print, tickcache::Delivery::every, tickcache::Begin::present);
    wait();
  }
  ~Prices() { readable_.release(); }  // the descriptor is the Notifier's

 private:
  void wait() {
    readable_.async_wait(readable_.wait_read, [this](boost::system::error_code error) {
      if (error) return;
      notifier_.clear();
      poll();
    });
  }
  void poll() {
    if (feed_.poll() == 0) return wait();
    // After the loop's other events.
    boost::asio::post(readable_.get_executor(), [this] { poll(); });
  }

  tickcache::Feed feed_;
  tickcache::Notifier notifier_;
  boost::asio::posix::stream_descriptor readable_;
};

}  // namespace

int main(int argc, char** argv) {
  boost::asio::io_context io;
  const Prices prices(io, {argv + 1, argv + argc});
  boost::asio::signal_set signals(io, SIGINT, SIGTERM);
  signals.async_wait([&](boost::system::error_code, int) { io.stop(); });
  io.run();
}
