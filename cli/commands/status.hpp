// The daemon's state, as status, wait and others print it.
#pragma once

#include <memory>
#include <string>

#include "encode/time.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

/// On the heap, because of its size.
[[nodiscard]] std::unique_ptr<Status> read_status(Reader& reader);

/// All of it, as text that ends its last line.
[[nodiscard]] std::string status_text(const Reader& reader, const Status& status,
                                      const encode::Clocks& clocks, bool color);

}  // namespace tickcache::cli
