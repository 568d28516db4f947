/* Prints the account's order updates as they come; a number ends it after so many. */
#include <stdio.h>
#include <stdlib.h>
#include <tickcache/tickcache.h>

int main(int argc, char** argv) {
  tickcache_feed* feed;
  tickcache_event event;
  char error[512];
  long left = argc > 1 ? atol(argv[1]) : -1;
  if (tickcache_feed_open(NULL, &feed, error, sizeof error) != TICKCACHE_OK) return puts(error), 1;
  tickcache_feed_on_order_update(feed, NULL, NULL); /* NULL: taken below, one after the other */
  puts("waiting for order updates");
  while (left != 0) {
    while (left != 0 && tickcache_feed_next(feed, &event)) {
      if (event.kind == TICKCACHE_EVENT_GAP) puts("updates may be missing here");
      if (event.kind != TICKCACHE_EVENT_ORDER) continue;
      printf("%s %s %s\n", event.order->id, event.order->symbol, event.order->status);
      --left;
    }
    fflush(stdout);
    if (left != 0) tickcache_feed_wait(feed, INT64_MAX);
  }
  tickcache_feed_close(feed);
  return 0;
}
