// Decoding a message that must be of a certain kind.
#pragma once

#include <doctest/doctest.h>

#include <string_view>

#include "tests/daemon/decode/decoding.hpp"

namespace tickcache::daemon {

/// Decodes to an event of type E, or fails the test.
template <class E>
E decode_as(std::string_view message) {
  Decoder decoder;
  const Event& event = decode_exactly(decoder, message);
  CHECK(is_sound(event));
  INFO("message: ", message);
  if (const auto* nothing = std::get_if<NothingEvent>(&event)) {
    CAPTURE(static_cast<int>(nothing->why));
    REQUIRE(std::holds_alternative<E>(event));
  }
  REQUIRE(std::holds_alternative<E>(event));
  return std::get<E>(event);
}

inline Counter why(std::string_view message) { return decode_as<NothingEvent>(message).why; }

}  // namespace tickcache::daemon
