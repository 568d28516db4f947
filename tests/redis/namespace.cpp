#include "redis/namespace.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <atomic>
#include <string>
#include <utility>
#include <vector>

namespace tickcache::test {
namespace {

using Words = std::vector<std::string>;

constexpr const char* kIp = "/usr/sbin/ip";

void must(const Command& command) {
  const Outcome outcome = run_to_end(command);
  std::string text = command.path;
  for (const std::string& word : command.arguments) text += ' ' + word;
  REQUIRE_MESSAGE(outcome.code == 0, text, ": ", outcome.err);
}

Command ip(Words words) { return {kIp, std::move(words), {}}; }

}  // namespace

NetworkNamespace::NetworkNamespace()
    : holder_({"/usr/bin/unshare", {"--net", "sh", "-c", "echo made; exec sleep infinity"}, {}}) {
  static std::atomic<int> next{0};
  const int number = next++;
  link_ = "tc" + std::to_string(getpid()) + "x" + std::to_string(number);
  // Of several test programs at a time, each has its own.
  net_ = "10." + std::to_string(200 + getpid() % 50) + "." + std::to_string(number);
  REQUIRE(soon([&] { return holder_.out() == "made\n"; }));
  run_to_end(ip({"route", "del", "blackhole", net_ + ".2"}));  // of a test that was killed
  const std::string inside_of = std::to_string(holder_.pid());
  must(ip({"link", "add", link_, "type", "veth", "peer", "name", "redis", "netns", inside_of}));
  must(ip({"address", "add", net_ + ".1/30", "dev", link_}));
  must(ip({"link", "set", link_, "up"}));
  must(inside(ip({"address", "add", net_ + ".2/30", "dev", "redis"})));
  must(inside(ip({"link", "set", "redis", "up"})));
  must(inside(ip({"link", "set", "lo", "up"})));
}

NetworkNamespace::~NetworkNamespace() {
  run_to_end(ip({"route", "del", "blackhole", net_ + ".2"}));
  run_to_end(ip({"link", "del", link_}));
}

Command NetworkNamespace::inside(Command command) const {
  Words arguments = {"--target", std::to_string(holder_.pid()), "--net", command.path};
  arguments.insert(arguments.end(), command.arguments.begin(), command.arguments.end());
  command.path = "/usr/bin/nsenter";
  command.arguments = std::move(arguments);
  return command;
}

void NetworkNamespace::set_link(bool up) const {
  must(ip({"link", "set", link_, up ? "up" : "down"}));
}

void NetworkNamespace::swallow_sent(bool on) const {
  must(inside(ip({"route", on ? "add" : "del", "blackhole", net_ + ".1"})));
}

void NetworkNamespace::swallow_received(bool on) const {
  must(ip({"route", on ? "add" : "del", "blackhole", net_ + ".2"}));
}

}  // namespace tickcache::test
