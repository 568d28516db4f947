// Every public header, and what an exception needs to cross the library's border.
#include <tickcache/tickcache.h>
#include <tickcache/version.h>
#include <cstdio>
#include <tickcache/candle.hpp>
#include <tickcache/decimal.hpp>
#include <tickcache/export.hpp>
#include <tickcache/feed.hpp>
#include <tickcache/layout.hpp>
#include <tickcache/notifier.hpp>
#include <tickcache/order.hpp>
#include <tickcache/portfolio.hpp>
#include <tickcache/status.hpp>
#include <tickcache/text.hpp>
#include <tickcache/tickcache.hpp>
#include <tickcache/ticker.hpp>
#include <tickcache/time.hpp>

int main() {
  try {
    const tickcache::Reader reader("not/a/name");
  } catch (const tickcache::SegmentError& error) {
    std::puts(tickcache_version());
    return error.code() == tickcache::OpenError::bad_name ? 0 : 1;
  }
  return 2;
}
