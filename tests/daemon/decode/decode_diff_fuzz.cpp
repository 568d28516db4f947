// libFuzzer's entry for the two ways to decode, which must agree; seeds are in
// tests/data/corpus/decode.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "tests/daemon/decode/decoding.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickcache::daemon;
  static Decoder decoder;
  static Decoder general;
  const std::string_view message(reinterpret_cast<const char*>(data), size);
  if (!is_same(decoder.decode(message), general.decode_in_general(message))) std::abort();
  return 0;
}
