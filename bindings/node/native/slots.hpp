// The fastest lookup: symbols with numbers, and one function without arguments.
#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

#include "tickcache/tickcache.h"

namespace tickcache::node {

/// A symbol of one reader, and its last price as it was given to JavaScript.
struct Slot {
  tickcache_reader* reader;
  tickcache_handle handle;
  tickcache_decimal price;
};

/// The slots of all readers of an environment. JavaScript writes the number of one into `chosen`,
/// an Int32Array, then calls `look`: it costs less than an argument.
class Slots {
 public:
  explicit Slots(Napi::Env env);

  std::uint32_t add(tickcache_reader* reader, const std::string& symbol);
  /// Frees the slots of a reader.
  void remove(tickcache_reader* reader) noexcept;

  [[nodiscard]] Napi::Value chosen() const { return chosen_.Value(); }
  /// The function `look()`. It returns undefined if the price is live and has not changed since
  /// the slot's last look; the price as a string if it is live; false if it is not live.
  [[nodiscard]] napi_value look(Napi::Env env);

 private:
  static napi_value look(napi_env env, napi_callback_info info) noexcept;

  const std::int32_t* number_;
  Napi::Reference<Napi::Int32Array> chosen_;
  std::vector<Slot> slots_;
  std::vector<std::uint32_t> unused_;
};

}  // namespace tickcache::node
