// The exchange of the end-to-end measurements: one client, ticks of many symbols, and the time from
// a tick's sending to its being seen. Prints the port, then the prices as JSON; takes commands from
// standard input, one a line, and answers each with one line of JSON:
//   watch segment NAME | watch counter PATH   whose progress is measured
//   client PID                                whose processor time is measured
//   wait SECONDS                              until the client has taken a message
//   flood SECONDS                             as fast as the client reads
//   visible RATE SECONDS                      paced, spinning; latencies until visible
//   pace RATE SECONDS                         paced, sleeping; for measurements elsewhere
#include <sys/prctl.h>

#include <boost/program_options.hpp>
#include <cstdint>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "bench/end_to_end/feed_link.hpp"
#include "bench/end_to_end/progress.hpp"
#include "bench/end_to_end/tick_frames.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/histogram.hpp"
#include "bench/support/process.hpp"

namespace {

using namespace tickcache::bench;

class Exchange {
 public:
  explicit Exchange(std::size_t symbols) : symbols_(symbols), frames_(symbols) {
    std::cout << link_.port() << '\n' << prices() << std::endl;
    link_.accept();
  }

  /// Returns the answer.
  std::string obey(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    std::string kind;
    std::string name;
    double rate = 0;
    double seconds = 0;
    words >> verb;
    if (verb == "watch" && words >> kind >> name) return watch(kind, name);
    if (verb == "client" && words >> client_) return "{}";
    if (verb == "wait" && words >> seconds) return wait(seconds);
    if (verb == "flood" && words >> seconds) return flood(seconds);
    if (verb == "visible" && words >> rate >> seconds) return visible(rate, seconds);
    if (verb == "pace" && words >> rate >> seconds) return pace(rate, seconds);
    throw std::runtime_error("unknown command: " + line);
  }

 private:
  /// What the client does between two moments.
  struct Account {
    std::int64_t time;
    std::int64_t cpu;
    std::uint64_t messages;
  };

  std::string watch(const std::string& kind, const std::string& name) {
    progress_ = kind == "segment" ? segment_progress(name, symbols_) : counter_progress(name);
    return "{}";
  }

  /// Sends every symbol once, so that all of them are known, and waits until that has been taken.
  [[nodiscard]] std::string prices() const {
    std::string text;
    for (std::size_t i = 0; i < symbols_; ++i) {
      text += (i == 0 ? "{\"" : ",\"") + symbol_name(i) + "\":\"" + price_of(i) + '"';
    }
    return text + "}";
  }

  std::string wait(double seconds) {
    const std::int64_t until = boot_now() + seconds_to_ns(seconds);
    const std::uint64_t before = progress_->messages();
    for (std::size_t i = 0; i < symbols_; ++i) link_.send(frames_.stamped(i, boot_now()));
    while (progress_->messages() < before + symbols_) {
      if (boot_now() > until) throw std::runtime_error("the client takes no messages");
      sleep_until(boot_now() + kSecond / 1000);
    }
    return "{}";
  }

  Account account() { return {boot_now(), cpu_time_ns(client_), progress_->messages()}; }

  static std::string json(const Account& begin, const Account& end) {
    const auto time = static_cast<double>(end.time - begin.time);
    const auto cpu = static_cast<double>(end.cpu - begin.cpu);
    const auto messages = static_cast<double>(end.messages - begin.messages);
    std::ostringstream text;
    text << R"("messages":)" << end.messages - begin.messages << R"(,"messages_per_s":)"
         << messages / time * 1e9 << R"(,"cpu_share":)" << cpu / time << R"(,"cpu_ns_per_message":)"
         << (messages > 0 ? cpu / messages : 0);
    return text.str();
  }

  std::string flood(double seconds) {
    const std::string bytes = frames_.many(std::size_t{1} << 18);
    const std::int64_t warm = boot_now() + seconds_to_ns(0.3);
    while (boot_now() < warm) link_.send(bytes);
    const Account begin = account();
    const std::int64_t until = begin.time + seconds_to_ns(seconds);
    while (boot_now() < until) link_.send(bytes);
    const Account end = account();
    drain();
    return "{" + json(begin, end) + "}";
  }

  /// Until the client has taken everything that was sent.
  void drain() {
    std::uint64_t before = 0;
    do {
      before = progress_->messages();
      sleep_until(boot_now() + kSecond / 10);
    } while (progress_->messages() != before);
  }

  std::string visible(double rate, double seconds) {
    drain();
    const auto total = static_cast<std::uint64_t>(rate * seconds);
    const double period = static_cast<double>(kSecond) / rate;
    Histogram latencies;
    std::vector<std::int64_t> sent(total);
    std::uint64_t next = 0;
    std::uint64_t seen = 0;
    progress_->begin();
    const Account begin = account();
    const std::int64_t give_up =
        begin.time + seconds_to_ns(10 * seconds + 60);  // the machine may be slow
    while (seen < total) {
      const std::int64_t now = boot_now();
      while (seen < next && progress_->visible(seen)) latencies.add(boot_now() - sent[seen++]);
      if (next < total &&
          now >= begin.time + static_cast<std::int64_t>(static_cast<double>(next) * period)) {
        sent[next] = boot_now();
        link_.send(frames_.stamped(next % symbols_, sent[next]));
        ++next;
      }
      if (now > give_up) throw std::runtime_error("not all ticks became visible");
    }
    const Account end = account();
    return "{" + json(begin, end) + "," + latencies.json() + "}";
  }

  std::string pace(double rate, double seconds) {
    drain();
    const auto total = static_cast<std::uint64_t>(rate * seconds);
    const double period = static_cast<double>(kSecond) / rate;
    const Account begin = account();
    for (std::uint64_t next = 0; next < total; ++next) {
      const auto due = begin.time + static_cast<std::int64_t>(static_cast<double>(next) * period);
      if (boot_now() < due) sleep_until(due);
      link_.send(frames_.stamped(next % symbols_, boot_now()));
    }
    const Account end = account();
    return "{" + json(begin, end) + "}";
  }

  std::size_t symbols_;
  TickFrames frames_;
  FeedLink link_;
  std::unique_ptr<Progress> progress_;
  pid_t client_ = 0;
};

int run(int argc, char** argv) {
  namespace po = boost::program_options;
  std::size_t symbols = 0;
  int cpu = -1;
  po::options_description options;
  options.add_options()("symbols", po::value(&symbols)->default_value(700))("cpu", po::value(&cpu))(
      "precedence", "go before other processes on the processor, if the system allows it");
  po::variables_map given;
  po::store(po::parse_command_line(argc, argv, options), given);
  po::notify(given);
  if (cpu >= 0) pin_to(cpu);
  if (given.count("precedence") > 0 && !take_precedence()) {
    std::cerr << "bench_exchange: cannot go before other processes\n";
  }
  prctl(PR_SET_TIMERSLACK, 1);
  Exchange exchange(symbols);
  for (std::string line; std::getline(std::cin, line);) {
    std::cout << exchange.obey(line) << std::endl;
  }
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  try {
    return run(argc, argv);
  } catch (const std::exception& error) {
    std::cerr << "bench_exchange: " << error.what() << '\n';
    return 1;
  }
}
