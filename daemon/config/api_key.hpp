// The exchange's API key: a secret that is neither printed nor left in memory by accident.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace tickcache::daemon {

/// A value; its bytes lie in the object itself, so that no freed heap block keeps them, and are
/// wiped when it is destroyed. There is deliberately no operator<<: whoever needs the bytes calls
/// reveal(), which is easy to search for.
class ApiKey {
 public:
  static constexpr std::size_t kMaxSize = 512;

  ApiKey() = default;
  /// `text` is at most kMaxSize bytes: check_api_key() was asked first.
  explicit ApiKey(std::string_view text) noexcept;
  ApiKey(const ApiKey&) = default;
  ApiKey& operator=(const ApiKey&) = default;
  ~ApiKey();

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The secret itself. Valid as long as this object is; a copy of it is the caller's to wipe.
  [[nodiscard]] std::string_view reveal() const noexcept { return {bytes_.data(), size_}; }

  friend bool operator==(const ApiKey& a, const ApiKey& b) noexcept {
    return a.reveal() == b.reveal();
  }

 private:
  std::array<char, kMaxSize> bytes_{};
  std::size_t size_ = 0;
};

/// Empty if `text` can be a key (1 to 512 bytes of printable ASCII without blanks), else what is
/// wrong with it, in words that do not repeat any of it.
[[nodiscard]] std::string check_api_key(std::string_view text);

struct ApiKeyFile {
  ApiKey key;           ///< empty if there is a problem
  std::string problem;  ///< says nothing of the content
  std::string warning;
};

/// Reads a key from a regular file or a FIFO, without the line end after it. A FIFO whose
/// writer says nothing is given up after `fifo_wait`; it can be read once only.
[[nodiscard]] ApiKeyFile read_api_key_file(
    const std::string& path, std::chrono::milliseconds fifo_wait = std::chrono::seconds(5));

/// What the exchange said, fit for the log and the segment: on one line, and without the key, also
/// where the text was cut in the middle of it.
[[nodiscard]] std::string without_key(std::string_view text, const ApiKey& key);

/// Overwrites the bytes of `secret`, then empties it.
void wipe(std::string& secret) noexcept;

}  // namespace tickcache::daemon
