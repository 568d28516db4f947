// What an environment has: the main thread, and each worker, loads the addon for itself.
#pragma once

#include <napi.h>

#include <cstddef>
#include <memory>

#include "slots.hpp"

namespace tickcache::node {

/// Room for the text of tickcache_open(), tickcache_feed_open() and tickcache_error().
inline constexpr std::size_t kMessageChars = 1024;

struct Addon {
  explicit Addon(Napi::Env env) : slots(std::make_shared<Slots>(env)) {}

  std::shared_ptr<Slots> slots;  ///< also of the readers, which may outlive this
};

/// An error that lib/native.js turns into NoSegment.
inline Napi::Error no_segment(Napi::Env env, const char* message) {
  Napi::Error error = Napi::Error::New(env, message);
  error.Set("code", "NO_SEGMENT");
  return error;
}

}  // namespace tickcache::node
