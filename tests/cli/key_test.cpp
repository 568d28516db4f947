#include "cli/watch/key.hpp"

#include <doctest/doctest.h>

#include <vector>

using namespace tickcache::cli;

namespace {

Key only_key(std::string bytes) {
  const Key key = take_key(bytes, false);
  CHECK(bytes.empty());
  return key;
}

}  // namespace

TEST_CASE("keys as terminals send them") {
  CHECK(only_key("q") == Key{KeyCode::character, 'q'});
  CHECK(only_key(" ").is(' '));
  CHECK(only_key("\x03") == Key{KeyCode::control, 'C'});
  CHECK(only_key("\x1a") == Key{KeyCode::control, 'Z'});
  CHECK(only_key("\r").code == KeyCode::enter);
  CHECK(only_key("\n").code == KeyCode::enter);
  CHECK(only_key("\x7f").code == KeyCode::backspace);
  CHECK(only_key("\b").code == KeyCode::backspace);
  CHECK(only_key("\x1b[A").code == KeyCode::up);
  CHECK(only_key("\x1bOB").code == KeyCode::down);
  CHECK(only_key("\x1b[5~").code == KeyCode::page_up);
  CHECK(only_key("\x1b[6~").code == KeyCode::page_down);
  CHECK(only_key("\x1b[H").code == KeyCode::home);
  CHECK(only_key("\x1bOF").code == KeyCode::end);
  CHECK(only_key("\x1b[1~").code == KeyCode::home);
  CHECK(only_key("\x1b[4~").code == KeyCode::end);
}

TEST_CASE("keys without a meaning are taken whole") {
  CHECK(only_key("\x1b[15;2~").code == KeyCode::other);
  CHECK(only_key("\x1bq").code == KeyCode::other);
  CHECK(only_key("\x1bOP").code == KeyCode::other);
  CHECK(only_key("\xC3\xA4").code == KeyCode::other);
}

TEST_CASE("an escape sequence that is not whole yet is left for later") {
  for (const char* part : {"", "\x1b", "\x1b[", "\x1b[5", "\x1bO"}) {
    std::string bytes = part;
    CHECK(take_key(bytes, false).code == KeyCode::none);
    CHECK(bytes == part);
  }
  std::string alone = "\x1b";
  CHECK(take_key(alone, true).code == KeyCode::escape);
  CHECK(alone.empty());
}

TEST_CASE("several keys come one after the other") {
  std::string bytes = "/e\x1b\x1b[Bq";
  std::vector<KeyCode> codes;
  while (!bytes.empty()) codes.push_back(take_key(bytes, true).code);
  CHECK(codes == std::vector{KeyCode::character, KeyCode::character, KeyCode::escape, KeyCode::down,
                             KeyCode::character});
}
