/*
 * Exercises the whole C interface against a segment that c_api_test.cpp prepares. Arguments: what
 * state the segment is in, and its name. Exit code: 0, or 1 after saying which check failed.
 */
#include <stdio.h>
#include <string.h>

#include "tickcache/tickcache.h"

static int failures = 0;

#define CHECK(condition)                                              \
  do {                                                                \
    if (!(condition)) {                                               \
      fprintf(stderr, "%s:%d: %s\n", __FILE__, __LINE__, #condition); \
      ++failures;                                                     \
    }                                                                 \
  } while (0)

#define SECOND ((int64_t)1000000000)

static tickcache_reader* open_or_fail(const char* segment) {
  tickcache_reader* reader = NULL;
  char message[256] = "";
  CHECK(tickcache_open(segment, &reader, message, sizeof message) == TICKCACHE_OK);
  CHECK(reader != NULL);
  return reader;
}

static void check_values_without_reader(void) {
  char text[TICKCACHE_DECIMAL_CHARS];
  tickcache_decimal value = {6452130000000, 8, {0}};
  CHECK(tickcache_decimal_text(value, text) == 14);
  CHECK(strcmp(text, "64521.30000000") == 0);
  CHECK(tickcache_decimal_double(value) == 64521.3);
  value.mantissa = INT64_MIN;
  value.scale = 18;
  CHECK(tickcache_decimal_text(value, text) < sizeof text);
  CHECK(strcmp(text, "-9.223372036854775808") == 0);
  CHECK(strcmp(tickcache_freshness_text(TICKCACHE_LIVE), "live") == 0);
  CHECK(strcmp(tickcache_freshness_text(TICKCACHE_MISSING), "missing") == 0);
  CHECK(strcmp(tickcache_freshness_text(99), "unknown") == 0);
  CHECK(strcmp(tickcache_freshness_text(-1), "unknown") == 0);
  const struct {
    int reason;
    const char* text;
  } reasons[] = {
      {TICKCACHE_REASON_NONE, "none"},
      {TICKCACHE_REASON_NEVER_SEEN, "never_seen"},
      {TICKCACHE_REASON_NO_SEGMENT, "no_segment"},
      {TICKCACHE_REASON_STOPPED, "stopped"},
      {TICKCACHE_REASON_AUTH_FAILED, "auth_failed"},
      {TICKCACHE_REASON_SUPERSEDED, "superseded"},
      {TICKCACHE_REASON_HEARTBEAT_LOST, "heartbeat_lost"},
      {TICKCACHE_REASON_PREVIOUS_EPOCH, "previous_epoch"},
      {TICKCACHE_REASON_RECONNECTING, "reconnecting"},
      {TICKCACHE_REASON_SILENT, "silent"},
      {TICKCACHE_REASON_TOO_OLD, "too_old"},
      {TICKCACHE_REASON_BUSY, "busy"},
      {TICKCACHE_REASON_UNSUBSCRIBED, "unsubscribed"},
      {TICKCACHE_REASON_LAGGING, "lagging"},
      {TICKCACHE_REASON_UNCONFIRMED, "unconfirmed"},
      {TICKCACHE_REASON_REJECTED, "rejected"},
  };
  for (size_t i = 0; i < sizeof reasons / sizeof *reasons; ++i) {
    CHECK(strcmp(tickcache_reason_text(reasons[i].reason), reasons[i].text) == 0);
  }
  CHECK(strcmp(tickcache_reason_text(1000), "unknown") == 0);
  CHECK(tickcache_boot_clock() > 0);
  CHECK(strcmp(tickcache_version(), TICKCACHE_VERSION) == 0);
  int major = 0;
  int minor = 0;
  int patch = 0;
  CHECK(sscanf(tickcache_version(), "%d.%d.%d", &major, &minor, &patch) == 3);
  CHECK(TICKCACHE_VERSION_NUMBER == TICKCACHE_VERSION_OF(major, minor, patch));
  CHECK(TICKCACHE_VERSION_NUMBER < TICKCACHE_VERSION_OF(major, minor, patch + 1));
  tickcache_close(NULL);
}

static void check_tickers(tickcache_reader* reader) {
  tickcache_ticker ticker;
  tickcache_verdict verdict;
  tickcache_handle handle = tickcache_symbol("ethusdt");
  tickcache_symbol_ticker all[4];
  char text[TICKCACHE_DECIMAL_CHARS];
  int i;

  CHECK(tickcache_get(reader, "btcusdt", TICKCACHE_ANY_AGE, &ticker, &verdict) == TICKCACHE_LIVE);
  CHECK(verdict.freshness == TICKCACHE_LIVE);
  CHECK(verdict.reason == 0);
  CHECK(verdict.has_value == 1);
  CHECK(verdict.age_ns >= 0);
  tickcache_decimal_text(ticker.price, text);
  CHECK(strcmp(text, "64521.30000000") == 0);
  tickcache_decimal_text(ticker.quantity, text);
  CHECK(strcmp(text, "0.500") == 0);
  CHECK(ticker.has_quantity == 1);
  CHECK(ticker.buyer_is_maker == 1);
  CHECK(ticker.exchange_time_ns == 1700000000 * SECOND);
  CHECK(ticker.received_ns <= tickcache_boot_clock());
  CHECK(ticker.updates == 1);
  CHECK(ticker.epoch == 1);
  CHECK(ticker.connection == 0);
  CHECK(ticker.snapshot == 0);
  CHECK(ticker.overtaken == 0);
  CHECK(ticker.lag_ms == 0);

  CHECK(tickcache_get(reader, "BTCUSDT", 0, &ticker, &verdict) == TICKCACHE_STALE);
  CHECK(strcmp(tickcache_reason_text(verdict.reason), "too_old") == 0);
  CHECK(tickcache_get(reader, "BTCUSDT", TICKCACHE_ANY_AGE, &ticker, NULL) == TICKCACHE_LIVE);
  CHECK(tickcache_get(reader, "NOPE", TICKCACHE_ANY_AGE, &ticker, &verdict) == TICKCACHE_MISSING);
  CHECK(verdict.has_value == 0);
  CHECK(ticker.updates == 0); /* zeros */
  CHECK(strcmp(tickcache_freshness_text(259), "unknown") == 0);
  CHECK(tickcache_error(reader, NULL, 0) == TICKCACHE_OK);

  for (i = 0; i < 2; ++i) {
    CHECK(tickcache_get_handle(reader, &handle, TICKCACHE_ANY_AGE, &ticker, &verdict) ==
          TICKCACHE_LIVE);
    CHECK(ticker.price.mantissa == 3500);
    CHECK(ticker.has_quantity == 0);
    CHECK(ticker.buyer_is_maker == -1);
    CHECK(ticker.lag_ms == 250);
  }
  memset(&ticker, 0, sizeof ticker);
  CHECK(tickcache_last(reader, &handle, &ticker) == 1);
  CHECK(ticker.price.mantissa == 3500);
  handle = tickcache_symbol("a symbol of far more than thirty-one bytes");
  CHECK(tickcache_last(reader, &handle, &ticker) == 0);
  memset(&handle, 0xff, sizeof handle);
  CHECK(tickcache_get_handle(reader, &handle, TICKCACHE_ANY_AGE, &ticker, NULL) ==
        TICKCACHE_MISSING);

  CHECK(tickcache_get(reader, "SOLUSDT", TICKCACHE_ANY_AGE, &ticker, NULL) == TICKCACHE_LIVE);
  CHECK(ticker.price.mantissa == 153);
  CHECK(ticker.snapshot == 1);
  CHECK(ticker.lag_ms == 40);
  CHECK(ticker.updates == 0);
  CHECK(ticker.has_quantity == 0);

  CHECK(tickcache_snapshot(reader, TICKCACHE_ANY_AGE, all, 4) == 3);
  CHECK(strcmp(all[0].symbol, "BTCUSDT") == 0);
  CHECK(strcmp(all[1].symbol, "ETHUSDT") == 0);
  CHECK(all[0].ticker.price.mantissa == 6452130000000);
  CHECK(all[1].verdict.freshness == TICKCACHE_LIVE);
  CHECK(tickcache_snapshot(reader, TICKCACHE_ANY_AGE, all, 1) == 3);
  CHECK(tickcache_snapshot(reader, TICKCACHE_ANY_AGE, NULL, 0) == 3);
}

static void check_lists(tickcache_reader* reader) {
  tickcache_order orders[4];
  tickcache_candle candles[4];
  tickcache_portfolio portfolio;
  tickcache_verdict verdict;
  size_t count = 99;
  int64_t gap = -1;
  char text[TICKCACHE_DECIMAL_CHARS];

  CHECK(tickcache_orders(reader, TICKCACHE_ANY_AGE, orders, 4, &count, &gap, &verdict) ==
        TICKCACHE_LIVE);
  CHECK(count == 2);
  CHECK(gap == 0);
  CHECK(verdict.has_value == 1);
  CHECK(orders[0].position == 1);
  CHECK(orders[1].position == 2);
  CHECK(strcmp(orders[0].id, "order-1") == 0);
  CHECK(strcmp(orders[1].id, "order-2") == 0);
  CHECK(strcmp(orders[1].status, "filled") == 0);
  CHECK(strcmp(orders[1].data, "{\"id\":\"order-2\"}") == 0);
  CHECK(orders[1].fields == (TICKCACHE_ORDER_PRICE | TICKCACHE_ORDER_FEE));
  CHECK(orders[1].price.mantissa == 42);
  CHECK(orders[1].fee.scale == 8);
  tickcache_decimal_text(orders[1].fee, text);
  CHECK(strcmp(text, "0.00000045") == 0);
  CHECK(orders[1].flags == TICKCACHE_ORDER_DATA_CUT);
  CHECK(orders[1].filled_at_ns == 7);
  CHECK(tickcache_orders(reader, TICKCACHE_ANY_AGE, orders, 1, &count, NULL, NULL) ==
        TICKCACHE_LIVE);
  CHECK(count == 1);
  CHECK(orders[0].position == 2);
  CHECK(strcmp(orders[0].id, "order-2") == 0);
  CHECK(tickcache_orders(reader, 0, orders, 4, &count, NULL, &verdict) == TICKCACHE_STALE);
  CHECK(count == 2);
  CHECK(strcmp(tickcache_reason_text(verdict.reason), "too_old") == 0);
  CHECK(tickcache_orders(reader, TICKCACHE_ANY_AGE, NULL, 0, &count, NULL, NULL) == TICKCACHE_LIVE);
  CHECK(count == 0);

  CHECK(tickcache_candles(reader, "btcusdt", "1m", TICKCACHE_ANY_AGE, candles, 4, &count,
                          &verdict) == TICKCACHE_LIVE);
  CHECK(count == 2);
  CHECK(candles[0].closed == 1);
  CHECK(candles[1].closed == 0);
  CHECK(candles[1].high.mantissa == 12);
  CHECK(strcmp(candles[1].volume, "1234.5678") == 0);
  CHECK(tickcache_candles(reader, "btcusdt", "1m", 0, candles, 4, &count, NULL) == TICKCACHE_STALE);
  CHECK(tickcache_candles(reader, "btcusdt", "5m", TICKCACHE_ANY_AGE, candles, 4, &count,
                          &verdict) == TICKCACHE_MISSING);
  CHECK(count == 0);
  CHECK(verdict.has_value == 0);

  CHECK(tickcache_portfolio_latest(reader, 0, &portfolio, &verdict) == TICKCACHE_STALE);
  CHECK(tickcache_portfolio_latest(reader, TICKCACHE_ANY_AGE, &portfolio, &verdict) ==
        TICKCACHE_LIVE);
  CHECK(strcmp(portfolio.total_equity, "10000.25") == 0);
  CHECK(strcmp(portfolio.roi_pct, "") == 0);
  CHECK(portfolio.exchange_time_ns == 5);
}

static void check_channels(tickcache_reader* reader) {
  tickcache_channel_status channels[3];
  CHECK(tickcache_channels(reader, NULL, 0) == 2);
  memset(channels, 0xff, sizeof channels);
  CHECK(tickcache_channels(reader, channels, 3) == 2);
  CHECK(channels[0].kind == TICKCACHE_CHANNEL_ALL_TICKERS);
  CHECK(channels[0].state == TICKCACHE_CHANNEL_ACKNOWLEDGED);
  CHECK(channels[0].count == 2);
  CHECK(channels[0].last_data_age_ns >= 0);
  CHECK(strcmp(channels[0].symbol, "") == 0);
  CHECK(strcmp(channels[0].why, "") == 0);
  CHECK(channels[1].kind == TICKCACHE_CHANNEL_CANDLES);
  CHECK(channels[1].state == TICKCACHE_CHANNEL_REFUSED);
  CHECK(channels[1].count == 0);
  CHECK(channels[1].last_data_age_ns == -1);
  CHECK(strcmp(channels[1].symbol, "ETHUSDT") == 0);
  CHECK(strcmp(channels[1].interval, "4h") == 0);
  CHECK(strcmp(channels[1].why, "INVALID_CHANNEL") == 0);
  CHECK(channels[2].kind == -1); /* left alone */
  CHECK(tickcache_channels(reader, channels, 1) == 2);
}

static void check_live(const char* segment) {
  tickcache_reader* reader = open_or_fail(segment);
  tickcache_feed_status status;
  tickcache_handle handle = tickcache_symbol("BTCUSDT");
  if (reader == NULL) return;
  check_tickers(reader);
  check_lists(reader);
  check_channels(reader);

  CHECK(tickcache_status(reader, &status) == TICKCACHE_LIVE);
  CHECK(status.feed == TICKCACHE_LIVE);
  CHECK(status.reason == 0);
  CHECK(status.instance != 0);
  CHECK(status.writer_pid > 1);
  CHECK(status.key_accepted == 1);
  CHECK(status.started_unix_ns > 0);
  CHECK(status.heartbeat_age_ns >= 0);
  CHECK(status.symbols == 3);
  CHECK(status.orders == 2);
  CHECK(status.portfolios == 1);
  CHECK(status.messages == 3);
  CHECK(status.ticks == 2);
  CHECK(status.rejected == 5);
  CHECK(strcmp(status.version, "0.0.1-test") == 0);
  CHECK(strcmp(status.upstream, "wss://exchange.test/ws/v1") == 0);
  CHECK(status.verified_age_ns >= 0);
  CHECK(status.verified_for_ns == 5 * SECOND);
  CHECK(status.lag_ns == SECOND / 4);
  CHECK(status.hops == 2);
  CHECK(tickcache_key_matches(reader, "key-of-the-tests") == 1);
  CHECK(tickcache_key_matches(reader, "another") == 0);

  CHECK(tickcache_wait(reader, tickcache_wake_word(reader), TICKCACHE_WAIT_ORDERS, 1000000) ==
        TICKCACHE_TIMEOUT);
  CHECK(tickcache_wait_symbol(reader, tickcache_wake_word(reader), &handle, 1000000) ==
        TICKCACHE_TIMEOUT);
  CHECK(tickcache_wait(reader, tickcache_wake_word(reader) - 1, TICKCACHE_WAIT_TICKS, SECOND) ==
        TICKCACHE_CHANGED);
  tickcache_stop(reader);
  CHECK(tickcache_wait(reader, tickcache_wake_word(reader), TICKCACHE_WAIT_TICKS, 60 * SECOND) ==
        TICKCACHE_STOPPED);
  tickcache_close(reader);
}

/* Orders, candles, a portfolio and ticks are published all the time. */
static void check_busy(const char* segment) {
  static const unsigned topics[] = {TICKCACHE_WAIT_ORDERS, TICKCACHE_WAIT_PORTFOLIO,
                                    TICKCACHE_WAIT_CANDLES, TICKCACHE_WAIT_TICKS, 0};
  tickcache_reader* reader = open_or_fail(segment);
  tickcache_handle handle = tickcache_symbol("BTCUSDT");
  size_t i;
  if (reader == NULL) return;
  for (i = 0; i < sizeof topics / sizeof *topics; ++i) {
    CHECK(tickcache_wait(reader, tickcache_wake_word(reader), topics[i], 60 * SECOND) ==
          TICKCACHE_CHANGED);
  }
  CHECK(tickcache_wait_symbol(reader, tickcache_wake_word(reader), &handle, 60 * SECOND) ==
        TICKCACHE_CHANGED);
  CHECK(tickcache_set_idle_strategy(reader, -1) == -1);
  CHECK(tickcache_set_idle_strategy(reader, TICKCACHE_IDLE_YIELD) == 0);
  CHECK(tickcache_wait_symbol(reader, tickcache_wake_word(reader), &handle, 60 * SECOND) ==
        TICKCACHE_CHANGED);
  tickcache_close(reader);
}

static void check_stopped(const char* segment) {
  tickcache_reader* reader = open_or_fail(segment);
  tickcache_ticker ticker;
  tickcache_verdict verdict;
  tickcache_feed_status status;
  if (reader == NULL) return;
  CHECK(tickcache_get(reader, "BTCUSDT", TICKCACHE_ANY_AGE, &ticker, &verdict) == TICKCACHE_DOWN);
  CHECK(strcmp(tickcache_reason_text(verdict.reason), "stopped") == 0);
  CHECK(verdict.has_value == 1);
  CHECK(ticker.price.mantissa == 6452130000000);
  CHECK(tickcache_status(reader, &status) == TICKCACHE_DOWN);
  tickcache_close(reader);
}

static void check_missing(const char* segment) {
  tickcache_reader* reader = open_or_fail(segment);
  tickcache_ticker ticker;
  tickcache_verdict verdict;
  tickcache_order order;
  size_t count = 99;
  if (reader == NULL) return;
  CHECK(tickcache_get(reader, "BTCUSDT", TICKCACHE_ANY_AGE, &ticker, &verdict) == TICKCACHE_DOWN);
  CHECK(strcmp(tickcache_reason_text(verdict.reason), "no_segment") == 0);
  CHECK(verdict.has_value == 0);
  CHECK(tickcache_orders(reader, TICKCACHE_ANY_AGE, &order, 1, &count, NULL, NULL) ==
        TICKCACHE_DOWN);
  CHECK(tickcache_channels(reader, NULL, 0) == 0);
  CHECK(count == 0);
  CHECK(tickcache_snapshot(reader, TICKCACHE_ANY_AGE, NULL, 0) == 0);
  CHECK(tickcache_key_matches(reader, "") == 0);
  CHECK(tickcache_wait(reader, tickcache_wake_word(reader), 0, 1000000) == TICKCACHE_TIMEOUT);
  tickcache_close(reader);
}

static void check_refused(const char* segment) {
  tickcache_reader* reader = (tickcache_reader*)&failures;
  char message[512];
  char small[8];
  CHECK(tickcache_open(segment, &reader, message, sizeof message) == TICKCACHE_ERROR_NOT_A_SEGMENT);
  CHECK(reader == NULL);
  CHECK(strstr(message, segment) != NULL);
  memset(small, 'x', sizeof small);
  CHECK(tickcache_open("a/b", &reader, small, sizeof small) == TICKCACHE_ERROR_BAD_NAME);
  CHECK(strlen(small) == sizeof small - 1);
  CHECK(tickcache_open("a/b", &reader, NULL, 0) == TICKCACHE_ERROR_BAD_NAME);
}

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  check_values_without_reader();
  if (strcmp(argv[1], "live") == 0) {
    check_live(argv[2]);
  } else if (strcmp(argv[1], "environment") == 0) {
    check_live(NULL);
    check_live("");
  } else if (strcmp(argv[1], "busy") == 0) {
    check_busy(argv[2]);
  } else if (strcmp(argv[1], "stopped") == 0) {
    check_stopped(argv[2]);
  } else if (strcmp(argv[1], "missing") == 0) {
    check_missing(argv[2]);
  } else if (strcmp(argv[1], "refused") == 0) {
    check_refused(argv[2]);
  } else {
    return 2;
  }
  return failures == 0 ? 0 : 1;
}
