// Comma-separated values, made of the JSON of a record.
#pragma once

#include <string>

namespace tickcache::encode {

// `json` is an object of JsonLine without others in it. The lines include the line end.

/// Its keys.
[[nodiscard]] std::string csv_header(const std::string& json);
/// Its values. Null becomes an empty one.
[[nodiscard]] std::string csv_line(const std::string& json);

}  // namespace tickcache::encode
