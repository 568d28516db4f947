// The exchange's API key: a secret that must not be printed or left in memory by accident.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

#include "options/secret_file.hpp"

namespace tickcache::daemon {

/// A value type. The bytes are stored in the object, so that no freed heap block keeps them, and
/// its destructor wipes them. There is deliberately no operator<<: reveal() is the only access, and
/// easy to search for.
class ApiKey {
 public:
  static constexpr std::size_t kMaxSize = options::kLongestSecret;

  ApiKey() = default;
  /// `text` has at most kMaxSize bytes; call check_api_key() first.
  explicit ApiKey(std::string_view text) noexcept;
  ApiKey(const ApiKey&) = default;
  ApiKey& operator=(const ApiKey&) = default;
  ~ApiKey();

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// The secret. Valid as long as this object. A caller that copies it must wipe the copy.
  [[nodiscard]] std::string_view reveal() const noexcept { return {bytes_.data(), size_}; }

  friend bool operator==(const ApiKey& a, const ApiKey& b) noexcept {
    return a.reveal() == b.reveal();
  }

 private:
  std::array<char, kMaxSize> bytes_{};
  std::size_t size_ = 0;
};

/// Empty if `text` is a possible key (1 to 512 bytes of printable ASCII without blanks); otherwise
/// what is wrong, without repeating any of the text.
[[nodiscard]] std::string check_api_key(std::string_view text);

struct ApiKeyFile : options::SecretFile {
  ApiKey key;  ///< empty if there is a problem
};

/// Reads a key from a regular file or a FIFO, without the line end. Gives up on a FIFO that
/// delivers nothing for `fifo_wait`; a FIFO can be read only once.
[[nodiscard]] ApiKeyFile read_api_key_file(
    const std::string& path, std::chrono::milliseconds fifo_wait = std::chrono::seconds(5));

/// Whether the key is in `text`: as it is, percent-encoded or escaped as in JSON, wholly or in
/// part.
[[nodiscard]] bool has_key(std::string_view text, const ApiKey& key) noexcept;
/// `text` with "***" in place of the key in any of these forms.
[[nodiscard]] std::string hide_key(std::string_view text, const ApiKey& key);

/// Text from the exchange, made safe for the log and the segment: on one line and without the key,
/// even if the text was truncated in the middle of the key.
[[nodiscard]] std::string without_key(std::string_view text, const ApiKey& key);

/// Overwrites the bytes of `secret`, then empties it.
void wipe(std::string& secret) noexcept;

}  // namespace tickcache::daemon
