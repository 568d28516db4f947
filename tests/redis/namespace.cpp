#include "redis/namespace.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>

namespace tickcache::test {
namespace {

constexpr const char* kIp = "/usr/sbin/ip";

Outcome ip(std::vector<std::string> arguments) {
  return run_to_end({kIp, std::move(arguments), {}});
}

void must(std::vector<std::string> arguments) {
  std::string text;
  for (const std::string& word : arguments) text += word + ' ';
  const Outcome outcome = ip(std::move(arguments));
  REQUIRE_MESSAGE(outcome.code == 0, "ip ", text, outcome.err);
}

}  // namespace

NetworkNamespace::NetworkNamespace() {
  static std::atomic<int> next{0};
  const int number = next++;
  name_ = "tickcache-test-" + std::to_string(getpid()) + "-" + std::to_string(number);
  link_ = "tc" + std::to_string(getpid()) + "x" + std::to_string(number);
  // Of several test programs at a time, each has its own.
  net_ = "10." + std::to_string(200 + getpid() % 50) + "." + std::to_string(number);
  must({"netns", "add", name_});
  must({"link", "add", link_, "type", "veth", "peer", "name", "redis", "netns", name_});
  must({"address", "add", net_ + ".1/30", "dev", link_});
  must({"link", "set", link_, "up"});
  must({"-n", name_, "address", "add", net_ + ".2/30", "dev", "redis"});
  must({"-n", name_, "link", "set", "redis", "up"});
  must({"-n", name_, "link", "set", "lo", "up"});
}

NetworkNamespace::~NetworkNamespace() {
  ip({"route", "del", "blackhole", net_ + ".2"});
  ip({"link", "del", link_});
  ip({"netns", "del", name_});
}

Command NetworkNamespace::inside(Command command) const {
  std::vector<std::string> arguments = {"netns", "exec", name_, command.path};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  command.path = kIp;
  command.arguments = std::move(arguments);
  return command;
}

void NetworkNamespace::set_link(bool up) const { must({"link", "set", link_, up ? "up" : "down"}); }

void NetworkNamespace::swallow_sent(bool on) const {
  must({"-n", name_, "route", on ? "add" : "del", "blackhole", net_ + ".1"});
}

void NetworkNamespace::swallow_received(bool on) const {
  must({"route", on ? "add" : "del", "blackhole", net_ + ".2"});
}

}  // namespace tickcache::test
