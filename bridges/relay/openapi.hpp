// The OpenAPI document.
#pragma once

#include <string_view>

namespace tickcache::relay {

extern const std::string_view kOpenApi;

}  // namespace tickcache::relay
