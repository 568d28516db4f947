#include <stdio.h>
#include <tickcache/tickcache.h>

int main(int argc, char** argv) {
  tickcache_reader* cache;
  tickcache_ticker tick = {0};
  tickcache_verdict why;
  char price[TICKCACHE_DECIMAL_CHARS], error[512];
  if (tickcache_open(NULL, &cache, error, sizeof error) != TICKCACHE_OK) return puts(error), 1;
  tickcache_get(cache, argc > 1 ? argv[1] : "BTCUSDT", TICKCACHE_ANY_AGE, &tick, &why);
  tickcache_decimal_text(tick.price, price);
  printf("%s %s %s\n", why.has_value ? price : "-", tickcache_freshness_text(why.freshness),
         tickcache_reason_text(why.reason));
  tickcache_close(cache);
  return why.freshness == TICKCACHE_LIVE ? 0 : 4;
}
