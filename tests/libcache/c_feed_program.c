/*
 * Says on standard output what a tickcache_feed gives it; c_feed_test.cpp publishes, and compares.
 * Arguments: how to take the events (handlers, poll or next), and the segment. Ends with the order
 * that is called "last". Exit code: 0, or 1 after saying which check failed.
 */
#include <stdio.h>
#include <string.h>

#include "tickcache/tickcache.h"

static int failures = 0;
static int ended = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

#define SECOND ((int64_t)1000000000)

static void say_order(const tickcache_event* event) {
  CHECK(event->order != NULL);
  CHECK(event->candle == NULL && event->portfolio == NULL);
  printf("order %s at %d missed %d\n", event->order->id, (int)event->order->position,
         (int)event->missed);
  if (strcmp(event->order->id, "last") == 0) ended = 1;
}

static void say(const tickcache_event* event, void* user) {
  char price[TICKCACHE_DECIMAL_CHARS];
  CHECK(user == (void*)&failures);
  switch (event->kind) {
    case TICKCACHE_EVENT_TICK:
      tickcache_decimal_text(event->ticker.price, price);
      printf("tick %s %s updates %d missed %d\n", event->symbol, price, (int)event->ticker.updates,
             (int)event->missed);
      CHECK(event->order == NULL && event->candle == NULL && event->portfolio == NULL);
      break;
    case TICKCACHE_EVENT_CANDLE:
      CHECK(event->candle != NULL && event->candle->closed == 1);
      printf("candle %s %s volume %s\n", event->symbol, event->interval, event->candle->volume);
      break;
    case TICKCACHE_EVENT_ORDER:
      say_order(event);
      break;
    case TICKCACHE_EVENT_PORTFOLIO:
      CHECK(event->portfolio != NULL);
      printf("portfolio %s\n", event->portfolio->total_equity);
      break;
    case TICKCACHE_EVENT_STATUS:
      printf("status %s %s\n", tickcache_freshness_text(event->status),
             tickcache_reason_text(event->reason));
      break;
    case TICKCACHE_EVENT_GAP:
      printf("gap channel %d cause %d missed %d %s\n", event->channel, event->cause,
             (int)event->missed, event->symbol);
      break;
    default:
      CHECK(0);
  }
}

static tickcache_feed* the_feed;

static void say_and_stop(const tickcache_event* event, void* user) {
  say(event, user);
  if (ended) tickcache_feed_stop(the_feed);
}

static void ask(tickcache_feed* feed, tickcache_handler handler) {
  void* user = &failures;
  CHECK(tickcache_feed_on_ticker(feed, "btcusdt", TICKCACHE_EVERY, handler, user) > 0);
  CHECK(tickcache_feed_on_ticker(feed, "ALL", TICKCACHE_LATEST, handler, user) > 0);
  CHECK(tickcache_feed_on_candles(feed, "BTCUSDT", "1m", handler, user) > 0);
  CHECK(tickcache_feed_on_order_update(feed, handler, user) > 0);
  CHECK(tickcache_feed_on_portfolio(feed, handler, user) > 0);
  CHECK(tickcache_feed_on_status(feed, handler, user) > 0);
  CHECK(tickcache_feed_on_gap(feed, handler, user) > 0);

  CHECK(tickcache_feed_on_ticker(feed, "", TICKCACHE_EVERY, handler, user) == -1);
  CHECK(tickcache_feed_on_ticker(feed, NULL, TICKCACHE_EVERY, handler, user) == -1);
  CHECK(tickcache_feed_on_ticker(feed, "BTCUSDT", 2, handler, user) == -1);
  CHECK(tickcache_feed_on_candles(feed, "BTCUSDT", "", handler, user) == -1);
  CHECK(tickcache_feed_on_candles(feed, "BTCUSDT", NULL, handler, user) == -1);
  CHECK(tickcache_feed_on_candles(feed, NULL, "1m", handler, user) == -1);
}

static void take_events(tickcache_feed* feed, int with_handlers) {
  tickcache_event event;
  while (!ended) {
    if (with_handlers) {
      tickcache_feed_poll(feed, SIZE_MAX);
    } else if (tickcache_feed_next(feed, &event) == 1) {
      say(&event, &failures);
      continue;
    }
    if (!ended) CHECK(tickcache_feed_wait(feed, 60 * SECOND) == TICKCACHE_CHANGED);
  }
}

static void check_opening(void) {
  tickcache_feed* feed = (tickcache_feed*)&failures;
  tickcache_event event;
  char message[512];
  CHECK(tickcache_feed_open("a/b", &feed, message, sizeof message) == TICKCACHE_ERROR_BAD_NAME);
  CHECK(feed == NULL);
  CHECK(strstr(message, "a/b") != NULL);
  tickcache_feed_close(NULL);
  CHECK(tickcache_feed_open("tickcache-test-of-no-such-name", &feed, NULL, 0) == TICKCACHE_OK);
  CHECK(tickcache_feed_on_ticker(feed, "all", TICKCACHE_EVERY, NULL, NULL) > 0);
  CHECK(tickcache_feed_next(feed, &event) == 0);
  CHECK(tickcache_feed_poll(feed, SIZE_MAX) == 0);
  CHECK(tickcache_feed_wait(feed, 1000000) == TICKCACHE_TIMEOUT);
  CHECK(tickcache_feed_set_idle_strategy(feed, TICKCACHE_IDLE_SPIN) == 0);
  CHECK(tickcache_feed_set_idle_strategy(feed, 3) == -1);
  CHECK(tickcache_feed_wait(feed, 1000000) == TICKCACHE_TIMEOUT);
  tickcache_feed_stop(feed);
  CHECK(tickcache_feed_wait(feed, 60 * SECOND) == TICKCACHE_STOPPED);
  tickcache_feed_run_forever(feed);
  tickcache_feed_close(feed);
}

int main(int argc, char** argv) {
  char message[512];
  if (argc != 3) return 2;
  check_opening();
  CHECK(tickcache_feed_open(argv[2], &the_feed, message, sizeof message) == TICKCACHE_OK);
  if (the_feed == NULL) return 1;
  setvbuf(stdout, NULL, _IOLBF, 0);

  if (strcmp(argv[1], "handlers") == 0) {
    ask(the_feed, say_and_stop);
    puts("ready");
    tickcache_feed_run_forever(the_feed);
  } else {
    const int with_handlers = strcmp(argv[1], "poll") == 0;
    ask(the_feed, with_handlers ? say : NULL);
    puts("ready");
    take_events(the_feed, with_handlers);
  }
  CHECK(ended);
  printf("missed %d\n", (int)tickcache_feed_missed(the_feed));
  tickcache_feed_close(the_feed);
  return failures == 0 ? 0 : 1;
}
