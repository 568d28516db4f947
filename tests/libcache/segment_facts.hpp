// What a reader finds in a segment, one fact a line, to be compared with what another reader finds.
#pragma once

#include <string>
#include <vector>

#include "libcache/writer/writer.hpp"

namespace tickcache::test {

using Lines = std::vector<std::string>;

/// What Reader finds, in the words of stranger.py.
Lines facts(const std::string& segment);

/// What a command prints.
Lines output_of(const std::string& command);

/// Options of a daemon whose values stay what they are while a test looks at them. The key is
/// "key-of-the-tests".
WriterOptions patient(const std::string& name);

/// Stores something of everything, in every state.
void store_everything(CacheWriter& writer, std::int64_t now);

}  // namespace tickcache::test
