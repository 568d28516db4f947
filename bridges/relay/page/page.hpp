// The relay's page, as a browser gets it.
#pragma once

#include <string_view>

namespace tickcache::relay {

/// An HTML document in UTF-8 that loads nothing. Replace each "@NONCE@" in it by the nonce that the
/// response's Content-Security-Policy names, and "@WORDS@" by the words that its scripts use.
extern const std::string_view kPage;

}  // namespace tickcache::relay
