// A segment as a later minor version of its major would lay it out.
#pragma once

#include <cstdint>
#include <string>

namespace tickcache::test {

/// `bytes`, a segment of this version, with the same content in the next minor version: a longer
/// header, more parts than are known here, and everything longer that may be. What is new holds
/// numbers that make no sense to a reader of this version.
std::string in_later_minor(const std::string& bytes);

/// `bytes` with another version in the header.
std::string with_version(std::string bytes, std::uint16_t major, std::uint16_t minor);

}  // namespace tickcache::test
