// Reads the file of a key, a password or a token.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace tickcache::options {

inline constexpr std::size_t kLongestSecret = 512;

/// What is wrong with a secret; empty: nothing. Must repeat none of it.
using SecretCheck = std::function<std::string(std::string_view secret)>;

/// Neither text reveals anything of the content.
struct SecretFile {
  std::string problem;  ///< empty: `take` accepted the content
  std::string warning;  ///< too many users may read the file
};

/// Passes the content of a regular file or a FIFO to `take`, without the line end, and wipes its
/// own copy. Of a longer content, `take` gets a part that is longer than kLongestSecret. Gives up
/// on a FIFO that delivers nothing for `fifo_wait`; a FIFO can be read only once.
[[nodiscard]] SecretFile read_secret_file(
    const std::string& path, const SecretCheck& take,
    std::chrono::milliseconds fifo_wait = std::chrono::seconds(5));

}  // namespace tickcache::options
