// The completions, in the shells themselves.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <vector>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

using Words = std::vector<std::string>;

bool contains(const Words& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

/// With all programs in it.
std::string search_path() {
  std::string path = "PATH=";
  for (const std::string program : {TICKCACHE_PROGRAM, DAEMON, RELAY})
    path += program.substr(0, program.rfind('/')) + ":";
  return path + std::getenv("PATH");
}

Run shell(const char* program, Words arguments) {
  Run what;
  what.program = program;
  what.arguments = std::move(arguments);
  what.environment = {search_path(), "HOME=/nonexistent", "LC_ALL=C.UTF-8"};
  return what;
}

/// What bash would offer for the last of `words`.
Words bash_offers(TestSegment& segment, Words words, const char* program = "tickcache") {
  const std::string script = std::string("source " COMPLETIONS "/bash/tickcache; ") +
                             "COMP_WORDS=(\"$@\"); COMP_CWORD=$(($# - 1)); " +
                             "function=$(complete -p " + program +
                             " | sed 's/.*-F \\([^ ]*\\) .*/\\1/'); "
                             "$function " +
                             program + "; printf '%s\\n' \"${COMPREPLY[@]}\"";
  words.insert(words.begin(), {"--norc", "--noprofile", "-c", script, "bash", program});
  const Finished finished = segment.run(shell(BASH, words));
  INFO(finished.err);
  CHECK(finished.err.empty());
  return lines_of(finished.out);
}

void fill(TestSegment& segment) {
  segment.connect();
  segment.tick("BTCUSDT", "64521.30");
  segment.tick("BNBUSDT", "600");
  segment.tick("ETHUSDT", "3421.5");
  segment.tick("B$(REBOOT)", "1");  // never offered: a shell would run it
  segment.channel(ChannelKind::candles, ChannelState::acknowledged, "BTCUSDT", "1m");
  segment.channel(ChannelKind::candles, ChannelState::acknowledged, "ETHUSDT", "1h");
}

struct Tab {
  std::string typed;
  std::string expected;  ///< what is to be seen after the Tab key
};

/// Types each of `tabs` into a shell on a terminal, after `setup`, all in one session.
void check_tabs(const char* program, const Words& arguments, const std::string& setup,
                const std::vector<Tab>& tabs) {
  std::size_t seen = 0;  // how much of what is shown belongs to what is over
  std::size_t done = 0;
  std::string wanted;  // what comes next; empty: nothing was typed yet
  const auto converse = [&](const std::string& shown, pid_t) -> std::string {
    if (wanted.empty()) {
      // The prompt comes when the shell has begun to edit: before that, Tab is no key.
      wanted = "ready> ";
      return setup + "; PS1='re''ady> '\n";
    }
    const auto at = done < tabs.size() ? shown.find(wanted, seen) : std::string::npos;
    if (at == std::string::npos) return {};
    seen = at + wanted.size();
    const bool is_prompt = wanted == "ready> ";
    if (!is_prompt && ++done == tabs.size())
      return "\x15"
             "exit\n";
    wanted = tabs[done].expected;
    return "\x15" + tabs[done].typed + "\t";  // Ctrl-U: without what was there
  };
  const Terminal result = run_on_terminal(shell(program, arguments), converse);
  INFO(result.shown);
  CHECK(done == tabs.size());
}

}  // namespace

TEST_CASE("bash completes commands, their options and their values") {
  TestSegment segment;
  fill(segment);
  CHECK(bash_offers(segment, {"sta"}) == Words{"status"});
  CHECK(contains(bash_offers(segment, {""}), "doctor"));
  CHECK(bash_offers(segment, {"help", "por"}) == Words{"portfolio"});
  CHECK(bash_offers(segment, {"list", "--so"}) == Words{"--sort"});
  CHECK(bash_offers(segment, {"list", "--sort", "a"}) == Words{"age"});
  CHECK(bash_offers(segment, {"list", "--sort", "=", "u"}) == Words{"updates"});
  CHECK(bash_offers(segment, {"list", "--sort", "="}) == Words{"name", "age", "updates"});
  CHECK(bash_offers(segment, {"export", "c"}) == Words{"candles"});
  CHECK_FALSE(contains(bash_offers(segment, {"status", "--"}), "--sort"));
  CHECK(contains(bash_offers(segment, {"status", "--"}), "--json"));
  CHECK(contains(bash_offers(segment, {"get", "--"}), "--max-age"));
}

TEST_CASE("bash completes symbols, intervals and segments from what is there") {
  TestSegment segment;
  fill(segment);
  CHECK(bash_offers(segment, {"get", "b"}) == Words{"BNBUSDT", "BTCUSDT"});
  CHECK(bash_offers(segment, {"get", "BTCUSDT", "e"}) == Words{"ETHUSDT"});
  CHECK(bash_offers(segment, {"--json", "watch", "e"}) == Words{"ETHUSDT"});
  CHECK(bash_offers(segment, {"candles", "btcusdt", ""}) == Words{"1m"});
  CHECK(bash_offers(segment, {"candles", "BTCUSDT", "1m", ""}) == Words{""});
  CHECK(bash_offers(segment, {"wait", "BTCUSDT", ""}) == Words{""});
  CHECK(contains(bash_offers(segment, {"--segment", "tickcache-t"}), segment.name()));
  CHECK_FALSE(contains(bash_offers(segment, {"--segment", ""}), segment.name() + ".lock"));
  // The segment that the line names, not that of the environment.
  const TestSegment empty;
  CHECK(bash_offers(segment, {"--segment", empty.name(), "get", "b"}) == Words{""});
  CHECK(bash_offers(segment, {"get", "--segment", "=", empty.name(), "b"}) == Words{""});
}

TEST_CASE("bash completes the daemon's options") {
  TestSegment segment;
  CHECK(bash_offers(segment, {"--silence"}, "tickcached") == Words{"--silence-after"});
  CHECK(bash_offers(segment, {"--log-level", "=", "w"}, "tickcached") == Words{"warning"});
  CHECK(contains(bash_offers(segment, {"--config", "=", "/etc/host"}, "tickcached"), "/etc/hosts"));
  CHECK(bash_offers(segment, {"--orders", "=", "f"}, "tickcached") == Words{"false"});
  CHECK(contains(bash_offers(segment, {"--config", "/etc/host"}, "tickcached"), "/etc/hosts"));
}

TEST_CASE("bash completes the relay's options") {
  TestSegment segment;
  CHECK(bash_offers(segment, {"--all"}, "tickcache-relay") == Words{"--allow-remote"});
  CHECK(bash_offers(segment, {"--allow-remote", "=", "f"}, "tickcache-relay") == Words{"false"});
  CHECK(contains(bash_offers(segment, {"--token-file", "/etc/host"}, "tickcache-relay"),
                 "/etc/hosts"));
}

TEST_CASE("the Tab key in bash") {
  check_tabs(BASH, {"--norc", "--noprofile", "-i"}, "source " COMPLETIONS "/bash/tickcache",
             {{"tickcache port", "tickcache portfolio"}, {"tickcache exp", "tickcache export"}});
}

#ifdef FISH
TEST_CASE("fish completes commands, options and symbols") {
  TestSegment segment;
  fill(segment);
  const auto offers = [&](const std::string& line) {
    Run what = shell(FISH, {"--no-config", "-c",
                            "source " COMPLETIONS "/fish/tickcache.fish; complete -C '" + line +
                                "' | string split -f1 \\t"});
    const Finished finished = segment.run(what);
    INFO(finished.err);
    return lines_of(finished.out);
  };
  CHECK(offers("tickcache sta") == Words{"status"});
  CHECK(offers("tickcache list --sort ") == Words{"age", "name", "updates"});
  CHECK(offers("tickcache get b") == Words{"BNBUSDT", "BTCUSDT"});
  CHECK(offers("tickcache candles BTCUSDT 1m") == Words{"1m"});
  CHECK(contains(offers("tickcache get --segment tickcache-t"), segment.name()));
  CHECK_FALSE(contains(offers("tickcache status --"), "--sort"));
  CHECK(offers("tickcached --silence") == Words{"--silence-after"});
  CHECK(offers("tickcached --log-level=w") == Words{"--log-level=warning"});
  CHECK(contains(offers("tickcached --config=/etc/host"), "--config=/etc/hosts"));
  CHECK(offers("tickcache-relay --all") == Words{"--allow-remote"});
  CHECK(contains(offers("tickcache export --output /etc/host"), "/etc/hosts"));
  const TestSegment empty;
  CHECK(offers("tickcache get --segment " + empty.name() + " b").empty());
}
#endif

#ifdef ZSH
TEST_CASE("the Tab key in zsh") {
  TestSegment segment;
  fill(segment);
  check_tabs(ZSH, {"-f", "-i"},
             "fpath=(" COMPLETIONS "/zsh $fpath); autoload -Uz compinit; compinit -u -D",
             {{"tickcache portf", "tickcache portfolio"},
              {"tickcache list --sort upd", "--sort updates"},
              {"tickcached --silence", "--silence-after"},
              {"tickcached --log-level=w", "--log-level=warning"},
              {"tickcached --config=/etc/pass", "--config=/etc/passwd"},
              {"tickcache-relay --allow", "--allow-remote"},
              {"tickcache --segment " + segment.name() + " get ETH", "ETHUSDT"}});
}
#endif
