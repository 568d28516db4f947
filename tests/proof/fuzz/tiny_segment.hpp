// A valid segment of a few kilobytes, with something in each of its parts.
#pragma once

#include <string>

namespace tickcache::test {

/// Its bytes. Every capacity is smaller than a daemon would choose.
std::string tiny_segment();

}  // namespace tickcache::test
