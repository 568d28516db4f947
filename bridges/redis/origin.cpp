#include "bridges/redis/origin.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <csignal>
#include <random>

#include "encode/untrusted.hpp"

namespace tickcache::redis {
namespace {

using boost::system::error_code;
using std::chrono::milliseconds;

constexpr milliseconds kRetryAfter{500};
/// Commands that Redis has not answered.
constexpr std::size_t kMostUnanswered = std::size_t{256} << 20;

Time boot_now() { return BootClock::now().time_since_epoch(); }

std::string random_instance() {
  std::random_device random;
  return fmt::format("{:08x}{:08x}", random(), random());
}

LinkSettings link_settings(boost::asio::io_context& io, const Config& config) {
  LinkSettings settings;
  settings.address = config.url;
  settings.user = config.user;
  settings.password = config.password;
  using Resolver = boost::asio::ip::tcp::resolver;
  settings.resolve = [resolver = std::make_shared<Resolver>(io)](
                         const std::string& host, std::uint16_t port,
                         std::function<void(error_code, Endpoints)> done) {
    resolver->async_resolve(host, std::to_string(port),
                            [resolver, done = std::move(done)](
                                error_code error, const Resolver::results_type& results) {
                              done(error, Endpoints(results.begin(), results.end()));
                            });
  };
  return settings;
}

}  // namespace

Origin::Origin(Config config, Say say)
    : config_(std::move(config)),
      say_(std::move(say)),
      keys_(config_.feed),
      instance_(random_instance()),
      link_(io_, link_settings(io_, config_)),
      timer_(io_),
      retry_(io_),
      signals_(io_, SIGTERM, SIGINT),
      publication_(config_.segment, keys_, instance_, tenure_, *this),
      waker_(io_, config_.segment, [this] { publication_.round(); }) {}

Origin::~Origin() = default;

void Origin::run() {
  signals_.async_wait([this](error_code error, int) {
    if (!error) stop();
  });
  waker_.set_ticks(true);
  waker_.start();
  open();
  io_.run();
}

void Origin::stop() {
  stopping_ = true;
  retry_.cancel();
  timer_.cancel();
  if (!link_.is_open() || scripts_.size() < 3) return io_.stop();
  // Followers need not wait for the lease's end.
  link_.commands().send({"EVALSHA", scripts_[2], "1", keys_.lease, token_},
                        [this](const redisReply*) { io_.stop(); });
  timer_.expires_after(kOriginStops);
  timer_.async_wait([this](error_code) { io_.stop(); });
}

void Origin::report(const std::string& state) {
  if (std::exchange(said_, state) != state) say_(state);
}

void Origin::open() {
  link_.open(keys_.hello, {[this] { on_open(); }, [this](const std::string& why) { on_lost(why); },
                           [this](std::string_view text) { on_hello(text); }});
}

void Origin::on_open() {
  scripts_.clear();
  load(0);
}

void Origin::load(std::size_t number) {
  constexpr std::array kScripts = {&kTakeScript, &kWriteScript, &kGiveScript};
  if (number == kScripts.size()) {
    tenure_.on_open(boot_now());
    return act();
  }
  link_.commands().send({"SCRIPT", "LOAD", *kScripts[number]},
                        [this, number](const redisReply* answer) {
                          if (answer == nullptr) return;
                          if (text_of(answer).empty()) {
                            link_.close();
                            return on_lost("cannot load a script: " + problem_of(answer));
                          }
                          scripts_.emplace_back(text_of(answer));
                          load(number + 1);
                        });
}

void Origin::on_lost(const std::string& why) {
  tenure_.on_lost();
  publication_.clear();
  if (stopping_) return io_.stop();
  report("Redis: " + encode::printable(why));
  retry_.expires_after(kRetryAfter);
  retry_.async_wait([this](error_code error) {
    if (!error && !stopping_) open();
  });
}

void Origin::on_hello(std::string_view nonce) {
  const Time now = boot_now();
  if (!publication_.take_nonce(nonce, now)) return;
  publication_.beat(now);
  wait();
}

/// Does what is due.
void Origin::act() {
  if (stopping_) return;
  const Time now = boot_now();
  const Duty duty = tenure_.duty(now);
  switch (duty) {
    case Duty::none:
      break;
    case Duty::ask:
      tenure_.on_sent(duty, now);
      take();
      break;
    case Duty::rewrite:
      tenure_.on_sent(duty, now);
      report("publishing the feed as " + token_);
      publication_.rewrite([this] { on_rewritten(); });
      break;
    case Duty::renew: {
      tenure_.on_sent(duty, now);
      Write renewal;
      renew(renewal, keys_);
      write(renewal, true, {});
      break;
    }
    case Duty::beat:
      publication_.round();
      publication_.beat(now);
      break;
    case Duty::reconnect:
      // What is on its way must not come later.
      link_.close();
      return on_lost("no answer for " + std::to_string(kOriginStops.count() / 1000) + " s");
  }
  wait();
}

void Origin::wait() {
  const Time now = boot_now();
  const Time deadline = tenure_.deadline(now);
  if (deadline == Time::max() || stopping_) return;
  // Its timer stands still while the machine sleeps, which only delays it.
  timer_.expires_after(std::max(Time(milliseconds(1)), deadline - now));
  timer_.async_wait([this](error_code error) {
    if (!error) act();
  });
}

void Origin::take() {
  const Time sent = boot_now();
  const std::string lease = std::to_string(kLease.count());
  link_.commands().send(
      {"EVALSHA", scripts_[0], "2", keys_.lease, keys_.state, instance_, lease},
      [this, sent](const redisReply* answer) {
        if (answer == nullptr || stopping_) return;
        const Time now = boot_now();
        const bool is_sound = answer->type == REDIS_REPLY_ARRAY && answer->elements == 2 &&
                              answer->element[0]->type == REDIS_REPLY_INTEGER;
        if (problem_of(answer).starts_with("NOSCRIPT")) {
          link_.close();
          return on_lost(problem_of(answer));
        }
        if (!is_sound) {
          report("Redis: cannot take the lease: " + encode::printable(problem_of(answer)));
          tenure_.on_error(now);
        } else if (answer->element[0]->integer == 1) {
          token_ = std::string(text_of(answer->element[1])) + ':' + instance_;
          tenure_.on_granted(std::stoull(std::string(text_of(answer->element[1]))), sent, now);
        } else {
          report("standing by: " + encode::printable(text_of(answer->element[1])) +
                 " publishes the feed");
          tenure_.on_taken_by_other(now);
        }
        act();
      });
}

void Origin::on_rewritten() {
  tenure_.on_rewritten();
  // At once: followers wait for it.
  if (tenure_.is_publishing(boot_now())) publication_.beat(boot_now());
  wait();
}

void Origin::write(const Write& write, bool renews, std::function<void()> done) {
  if (!link_.is_open()) return;
  std::vector<std::string_view> words = {"EVALSHA", scripts_[1], "1", keys_.lease, token_};
  words.insert(words.end(), write.words().begin(), write.words().end());
  const Time sent = boot_now();
  link_.commands().send(
      words, [this, epoch = tenure_.epoch(), renews, sent, done = std::move(done)](
                 const redisReply* answer) { on_written(answer, epoch, renews, sent, done); });
}

void Origin::flush() {
  // A write may have found the connection lost, and so may this.
  if (link_.is_open()) link_.commands().flush();
  if (link_.is_open() && link_.commands().unanswered() > kMostUnanswered) {
    link_.close();
    on_lost("it is too slow");
  }
}

void Origin::on_written(const redisReply* answer, std::uint64_t epoch, bool renews, Time sent,
                        const std::function<void()>& done) {
  if (answer == nullptr || epoch != tenure_.epoch() || stopping_) return;
  const Time now = boot_now();
  if (answer->type == REDIS_REPLY_INTEGER && answer->integer == 1) {
    if (renews) tenure_.on_renewed(sent);
    if (done) done();
    return;
  }
  if (answer->type == REDIS_REPLY_INTEGER) {
    report("the lease is lost");
    tenure_.on_refused(now);
  } else if (problem_of(answer).starts_with("NOSCRIPT")) {
    link_.close();
    return on_lost(problem_of(answer));
  } else {
    report("Redis: " + encode::printable(problem_of(answer)));
    tenure_.on_error(now);
  }
  wait();
}

}  // namespace tickcache::redis
