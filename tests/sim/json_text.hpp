#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace tickcache::sim {

// How characters outside ASCII are written: as \uXXXX, as the platform's WebSocket does, or as they
// are, as its REST interface does.
enum class Encoding { ascii, utf8 };

// Appends value as a JSON string. value must be UTF-8; in ASCII, a byte that is not is written as
// U+FFFD.
void append_json_string(std::string& out, std::string_view value,
                        Encoding encoding = Encoding::ascii);

// "2026-02-23T15:30:45.123Z". milliseconds since 1970, not negative.
std::string iso_time(std::int64_t milliseconds);

// Milliseconds since 1970, now.
std::int64_t wall_clock();

// Appends one JSON object, member after member, in the order of the calls; end() closes it.
// With blanks there is one after each ':' and ',', as the platform's server writes them.
class ObjectText {
 public:
  ObjectText(std::string& out, bool blanks) : out_(out), blanks_(blanks) { out_ += '{'; }
  ObjectText(std::string& out, Encoding encoding) : out_(out), blanks_(false), encoding_(encoding) {
    out_ += '{';
  }

  ObjectText& text(std::string_view key, std::string_view value);
  // value is written as it is: a number, true, or a finished object.
  ObjectText& plain(std::string_view key, std::string_view value);
  ObjectText& plain(std::string_view key, std::uint64_t value);
  // Begins a member whose value the caller appends to the text itself.
  void key(std::string_view key);
  void end() { out_ += '}'; }

 private:
  std::string& out_;
  bool blanks_;
  Encoding encoding_ = Encoding::ascii;
  bool first_ = true;
};

}  // namespace tickcache::sim
