// The daemon's state, as `status`, `wait` and others print it.
#pragma once

#include <memory>
#include <string>

#include "encode/time.hpp"
#include "tickcache/tickcache.hpp"

namespace tickcache::cli {

/// On the heap, because of its size.
[[nodiscard]] std::unique_ptr<Status> read_status(Reader& reader);

/// The whole status as text, with the last line end.
[[nodiscard]] std::string status_text(const Reader& reader, const Status& status,
                                      const encode::Clocks& clocks, bool color);

}  // namespace tickcache::cli
