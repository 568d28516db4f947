/*
 * The C interface of libtickcache: the same lookups as tickcache.hpp, for C and for every language
 * that can call C.
 *
 * Conventions
 *  1. A tickcache_reader or tickcache_feed belongs to one thread at a time; only tickcache_stop()
 *     and tickcache_feed_stop() may be called from any other. Each is closed once, with
 *     tickcache_close() or tickcache_feed_close(). NULL may be closed, nothing else.
 *  2. Lookups fill what the caller passes, allocate nothing, never block, and return a freshness:
 *     TICKCACHE_MISSING, _DOWN, _STALE or _LIVE. Only a live value is the latest. `verdict` may be
 *     NULL; it says why, and whether there is a value at all: a stale or down one is often there.
 *  3. Symbols are given in any case. Texts are UTF-8 and end with '\0'.
 *  4. max_age_ns: an older value is stale; TICKCACHE_ANY_AGE accepts any.
 *  5. Times are nanoseconds. *_unix_ns, and the times that the exchange gave, are Unix time, 0 if
 *     absent; received_ns is CLOCK_BOOTTIME.
 *  6. Numbers of the enumerations are never reused. Structs never change within one SONAME.
 */
#ifndef TICKCACHE_TICKCACHE_H
#define TICKCACHE_TICKCACHE_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define TICKCACHE_API __attribute__((visibility("default")))

typedef struct tickcache_reader tickcache_reader;

#define TICKCACHE_ANY_AGE INT64_MAX

/* What a lookup returns. */
enum {
  TICKCACHE_MISSING = 0, /* never seen */
  TICKCACHE_DOWN = 1,    /* no daemon is running */
  TICKCACHE_STALE = 2,   /* perhaps no longer the latest; the reason says why */
  TICKCACHE_LIVE = 3     /* the latest that the exchange sent */
};

/* Why there is no segment: what tickcache_open() and tickcache_error() return. */
enum {
  TICKCACHE_OK = 0,
  TICKCACHE_ERROR_MISSING = 1, /* no error of tickcache_open(): it may come later */
  TICKCACHE_ERROR_BAD_NAME = 2,
  TICKCACHE_ERROR_PERMISSION = 3,
  TICKCACHE_ERROR_STRANGER = 4,
  TICKCACHE_ERROR_UNSAFE_MODE = 5,
  TICKCACHE_ERROR_NOT_A_SEGMENT = 6,
  TICKCACHE_ERROR_OTHER_VERSION = 7,
  TICKCACHE_ERROR_DAMAGED = 8,
  TICKCACHE_ERROR_SYSTEM = 9
};

/* What tickcache_wait() returns. */
enum { TICKCACHE_CHANGED = 0, TICKCACHE_TIMEOUT = 1, TICKCACHE_STOPPED = 2 };

/* What tickcache_wait() waits for, or-ed. Changes of the daemon's state always end a wait. */
enum {
  TICKCACHE_WAIT_ORDERS = 1 << 1,
  TICKCACHE_WAIT_PORTFOLIO = 1 << 2,
  TICKCACHE_WAIT_CANDLES = 1 << 3,
  TICKCACHE_WAIT_TICKS = 1 << 4
};

/* mantissa / 10^scale, exactly as the exchange wrote it. */
typedef struct tickcache_decimal {
  int64_t mantissa;
  uint8_t scale;
  uint8_t reserved[7];
} tickcache_decimal;

#define TICKCACHE_DECIMAL_CHARS 24

typedef struct tickcache_verdict {
  int64_t age_ns; /* since the daemon had read it; meaningful if has_value */
  int32_t freshness;
  int32_t reason; /* tickcache_reason_text() */
  int32_t has_value;
  int32_t reserved;
} tickcache_verdict;

typedef struct tickcache_ticker {
  tickcache_decimal price;
  tickcache_decimal quantity; /* meaningful if has_quantity */
  int64_t exchange_time_ns;
  int64_t received_ns;
  uint64_t updates; /* ticks of this symbol up to and with this one */
  uint32_t epoch;   /* of the connection it came on; 0: carried over */
  int8_t has_quantity;
  int8_t buyer_is_maker; /* 1 or 0; -1 if the exchange did not say */
  uint8_t connection;
  uint8_t reserved;
} tickcache_ticker;

typedef struct tickcache_symbol_ticker {
  char symbol[32];
  tickcache_ticker ticker;
  tickcache_verdict verdict;
} tickcache_symbol_ticker;

/* Bits of tickcache_order.fields: which decimals are there. */
enum {
  TICKCACHE_ORDER_QUANTITY = 1,
  TICKCACHE_ORDER_PRICE = 2,
  TICKCACHE_ORDER_EXECUTED_PRICE = 4,
  TICKCACHE_ORDER_EXECUTED_QUANTITY = 8,
  TICKCACHE_ORDER_FEE = 16
};

/* Bits of tickcache_order.flags. */
enum {
  TICKCACHE_ORDER_DATA_CUT = 1, /* data did not fit: it is no longer JSON */
  TICKCACHE_ORDER_TEXT_CUT = 2
};

typedef struct tickcache_order {
  uint64_t position; /* counts every update of the account, without holes */
  char id[40];
  char symbol[32];
  char status[24];
  char type[16];
  char side[8];
  char rejected_reason[128];
  tickcache_decimal quantity;
  tickcache_decimal price;
  tickcache_decimal executed_price;
  tickcache_decimal executed_quantity;
  tickcache_decimal fee;
  int64_t filled_at_ns;
  int64_t cancelled_at_ns;
  int64_t received_ns;
  int64_t gap_since_ns; /* not 0: updates may be missing before this one, since that Unix time */
  uint32_t epoch;
  uint8_t connection;
  uint8_t fields;
  uint8_t flags;
  uint8_t reserved;
  char data[1040]; /* the message's data object: JSON */
} tickcache_order;

typedef struct tickcache_candle {
  int64_t open_time_ns;
  tickcache_decimal open;
  tickcache_decimal high;
  tickcache_decimal low;
  tickcache_decimal close;
  char volume[40];
  int64_t received_ns;
  uint32_t epoch;
  uint8_t connection;
  uint8_t closed; /* 0: its interval is not over */
  uint8_t reserved[2];
} tickcache_candle;

/* Amounts are text, since they can have more digits than a tickcache_decimal; empty: not sent. */
typedef struct tickcache_portfolio {
  char total_equity[40];
  char available_cash[40];
  char unrealized_pnl[40];
  char realized_pnl[40];
  char roi_pct[40];
  int64_t exchange_time_ns;
  int64_t received_ns;
  uint32_t epoch;
  uint8_t connection;
  uint8_t reserved[3];
} tickcache_portfolio;

typedef struct tickcache_feed_status {
  int32_t feed; /* freshness: live if the daemon runs, is connected, and ticks flow */
  int32_t reason;
  uint64_t instance; /* of the segment; another for each run of the daemon */
  uint32_t writer_pid;
  int32_t key_accepted;
  int64_t started_unix_ns;
  int64_t heartbeat_age_ns;
  uint64_t symbols;
  uint64_t orders;     /* updates ever */
  uint64_t portfolios; /* snapshots ever */
  uint64_t messages;   /* received in this run */
  uint64_t ticks;      /* stored in this run */
  uint64_t rejected;   /* messages rejected in this run */
  char version[32];
  char upstream[128]; /* the URL, without the key */
} tickcache_feed_status;

/* What tickcache_channel_status.kind and .state say. */
enum {
  TICKCACHE_CHANNEL_ALL_TICKERS = 1,
  TICKCACHE_CHANNEL_TICKER = 2,
  TICKCACHE_CHANNEL_CANDLES = 3,
  TICKCACHE_CHANNEL_ORDERS = 4,
  TICKCACHE_CHANNEL_PORTFOLIO = 5
};
enum {
  TICKCACHE_CHANNEL_WANTED = 1,       /* configured, not sent yet */
  TICKCACHE_CHANNEL_SENT = 2,         /* requested, not answered yet */
  TICKCACHE_CHANNEL_ACKNOWLEDGED = 3, /* confirmed by the exchange, or proven by data */
  TICKCACHE_CHANNEL_REFUSED = 4       /* refused by the exchange; `why` says what it said */
};

/* A channel that the daemon subscribes to. */
typedef struct tickcache_channel_status {
  int32_t kind;
  int32_t state;
  char symbol[32];  /* ticker and candles; else empty */
  char interval[8]; /* candles; else empty */
  char why[96];
  uint64_t count;           /* messages of data in this run */
  int64_t last_data_age_ns; /* -1: none in this run */
} tickcache_channel_status;

/* A symbol, looked up once: make it with tickcache_symbol(), then treat it as opaque. */
typedef struct tickcache_handle {
  char symbol[32];
  uint64_t instance;
  uint32_t cell;
  uint32_t reserved;
} tickcache_handle;

/*
 * Opens `segment`; if NULL or empty, the one that the environment variable TICKCACHE_SEGMENT names,
 * or "tickcache". It need not exist yet: lookups say TICKCACHE_DOWN until it does. Returns
 * TICKCACHE_OK and sets *reader, or an error code; then *reader is NULL and `message` (may be NULL)
 * holds at most message_size bytes of what is wrong and what to do.
 */
TICKCACHE_API int tickcache_open(const char* segment, tickcache_reader** reader, char* message,
                                 size_t message_size);
TICKCACHE_API void tickcache_close(tickcache_reader* reader);

/* Why a reader has no segment at present, as tickcache_open() says it; TICKCACHE_OK if it has one.
 */
TICKCACHE_API int tickcache_error(const tickcache_reader* reader, char* message,
                                  size_t message_size);

TICKCACHE_API tickcache_handle tickcache_symbol(const char* symbol);

/* The latest tick of a symbol. */
TICKCACHE_API int tickcache_get(tickcache_reader* reader, const char* symbol, int64_t max_age_ns,
                                tickcache_ticker* out, tickcache_verdict* verdict);
TICKCACHE_API int tickcache_get_handle(tickcache_reader* reader, tickcache_handle* symbol,
                                       int64_t max_age_ns, tickcache_ticker* out,
                                       tickcache_verdict* verdict);
/* The latest price alone, the fastest lookup there is. As tickcache_get_handle(), but without
 * max_age_ns its clock ticks only every 1 to 10 ms, which is as late as it may see that the daemon
 * or the data have stopped. */
TICKCACHE_API int tickcache_price(tickcache_reader* reader, tickcache_handle* symbol,
                                  int64_t max_age_ns, tickcache_decimal* out,
                                  tickcache_verdict* verdict);
/* Value only, for loops that judge freshness elsewhere: 1 if there is one, else 0. */
TICKCACHE_API int tickcache_last(tickcache_reader* reader, tickcache_handle* symbol,
                                 tickcache_ticker* out);
/* Every symbol; fills at most `capacity` and returns how many there are. */
TICKCACHE_API size_t tickcache_snapshot(tickcache_reader* reader, int64_t max_age_ns,
                                        tickcache_symbol_ticker* out, size_t capacity);
/* The newest `capacity` order updates, oldest first; *count is how many. *gap_since_unix_ns (may be
 * NULL) is not 0 if updates may be missing after the newest. */
TICKCACHE_API int tickcache_orders(tickcache_reader* reader, int64_t max_age_ns,
                                   tickcache_order* out, size_t capacity, size_t* count,
                                   int64_t* gap_since_unix_ns, tickcache_verdict* verdict);
TICKCACHE_API int tickcache_portfolio_latest(tickcache_reader* reader, int64_t max_age_ns,
                                             tickcache_portfolio* out, tickcache_verdict* verdict);
/* The newest `capacity` candles, oldest first; the last may be open. */
TICKCACHE_API int tickcache_candles(tickcache_reader* reader, const char* symbol,
                                    const char* interval, int64_t max_age_ns, tickcache_candle* out,
                                    size_t capacity, size_t* count, tickcache_verdict* verdict);
/* Returns out->feed. */
TICKCACHE_API int tickcache_status(tickcache_reader* reader, tickcache_feed_status* out);
/* What the daemon subscribes to; fills at most `capacity` and returns how many there are. */
TICKCACHE_API size_t tickcache_channels(tickcache_reader* reader, tickcache_channel_status* out,
                                        size_t capacity);
/* 1 if `key` is the API key that the daemon uses, else 0. */
TICKCACHE_API int tickcache_key_matches(const tickcache_reader* reader, const char* key);

/*
 * To wait: take the wake word, look at the data, then wait with that word. What was published in
 * between ends the wait at once. It may end without need; look again.
 */
TICKCACHE_API uint32_t tickcache_wake_word(tickcache_reader* reader);
TICKCACHE_API int tickcache_wait(tickcache_reader* reader, uint32_t seen, unsigned topics,
                                 int64_t timeout_ns);
TICKCACHE_API int tickcache_wait_symbol(tickcache_reader* reader, uint32_t seen,
                                        tickcache_handle* symbol, int64_t timeout_ns);
/* Ends a wait of another thread, and every later one. */
TICKCACHE_API void tickcache_stop(tickcache_reader* reader);

/*
 * The event side: every tick, order update, closed candle and portfolio snapshot that is published
 * after it was asked for, in order, each once. A tickcache_feed is single-threaded like a reader,
 * has no thread of its own, and goes over to a restarted daemon by itself. It may be used in two
 * ways: with handlers, called by tickcache_feed_poll() and tickcache_feed_run(); or with NULL
 * handlers, by taking one event after the other with tickcache_feed_next().
 */
typedef struct tickcache_feed tickcache_feed;

enum {
  TICKCACHE_EVERY = 0, /* every tick */
  TICKCACHE_LATEST =
      1 /* for slow handlers: a symbol's newest tick only; `missed` counts the others */
};

/* tickcache_event.kind */
enum {
  TICKCACHE_EVENT_TICK = 1,      /* symbol, ticker */
  TICKCACHE_EVENT_CANDLE = 2,    /* symbol, interval, candle: it has closed */
  TICKCACHE_EVENT_ORDER = 3,     /* order */
  TICKCACHE_EVENT_PORTFOLIO = 4, /* portfolio */
  TICKCACHE_EVENT_STATUS = 5,    /* status, reason: whether the feed can be trusted has changed */
  TICKCACHE_EVENT_GAP = 6        /* channel, cause, missed: what comes next on the channel does not
                                    follow on what came last */
};

/* tickcache_event.cause */
enum {
  TICKCACHE_GAP_LAPPED = 1, /* this program was too slow: `missed` were overwritten */
  TICKCACHE_GAP_RECONNECTED =
      2,                      /* the daemon had lost its connection; nobody knows what was sent */
  TICKCACHE_GAP_RESTARTED = 3 /* the daemon was restarted; nobody knows what was sent */
};

typedef struct tickcache_event {
  int32_t kind;
  int32_t status;  /* TICKCACHE_EVENT_STATUS: TICKCACHE_LIVE, _STALE or _DOWN */
  int32_t reason;  /* TICKCACHE_EVENT_STATUS: tickcache_reason_text() */
  int32_t cause;   /* TICKCACHE_EVENT_GAP */
  int32_t channel; /* TICKCACHE_EVENT_GAP: TICKCACHE_CHANNEL_ALL_TICKERS for ticks, _CANDLES, … */
  int32_t reserved;
  uint64_t missed; /* directly before this one, of those asked for */
  char symbol[32];
  char interval[8];
  tickcache_ticker ticker;
  /* The feed's; valid until its next call. NULL if the event is of another kind. */
  const tickcache_candle* candle;
  const tickcache_order* order;
  const tickcache_portfolio* portfolio;
} tickcache_event;

typedef void (*tickcache_handler)(const tickcache_event* event, void* user);

/* As tickcache_open(). */
TICKCACHE_API int tickcache_feed_open(const char* segment, tickcache_feed** feed, char* message,
                                      size_t message_size);
/* Not from a handler. */
TICKCACHE_API void tickcache_feed_close(tickcache_feed* feed);

/*
 * Each asks for events from now on; may be called again for more handlers, also from a handler.
 * Return 0, or -1 if `symbol` or `interval` is none. `symbol` may be "all". `handler` may be NULL:
 * then the events come from tickcache_feed_next() only.
 */
TICKCACHE_API int tickcache_feed_on_ticker(tickcache_feed* feed, const char* symbol, int delivery,
                                           tickcache_handler handler, void* user);
TICKCACHE_API int tickcache_feed_on_candles(tickcache_feed* feed, const char* symbol,
                                            const char* interval, tickcache_handler handler,
                                            void* user);
TICKCACHE_API int tickcache_feed_on_order_update(tickcache_feed* feed, tickcache_handler handler,
                                                 void* user);
TICKCACHE_API int tickcache_feed_on_portfolio(tickcache_feed* feed, tickcache_handler handler,
                                              void* user);
/* The first event says how it is now. */
TICKCACHE_API int tickcache_feed_on_status(tickcache_feed* feed, tickcache_handler handler,
                                           void* user);
TICKCACHE_API int tickcache_feed_on_gap(tickcache_feed* feed, tickcache_handler handler,
                                        void* user);

/* Calls the handlers of what is there, without waiting; returns the number of events. */
TICKCACHE_API size_t tickcache_feed_poll(tickcache_feed* feed);
/* Takes the next event, without waiting and without calling a handler: 1, or 0 if there is none. A
 * tick that was asked for in several ways comes once. Gaps come without being asked for. */
TICKCACHE_API int tickcache_feed_next(tickcache_feed* feed, tickcache_event* event);
/* Sleeps until there may be events: TICKCACHE_CHANGED, _TIMEOUT or _STOPPED. */
TICKCACHE_API int tickcache_feed_wait(tickcache_feed* feed, int64_t timeout_ns);
/* Calls handlers until tickcache_feed_stop(), across restarts of the daemon. */
TICKCACHE_API void tickcache_feed_run(tickcache_feed* feed);
/* Any thread, and any handler: ends a wait and a run, now and later. */
TICKCACHE_API void tickcache_feed_stop(tickcache_feed* feed);
/* Ticks, updates, candles and snapshots that were asked for and overwritten before they were read.
 */
TICKCACHE_API uint64_t tickcache_feed_missed(const tickcache_feed* feed);
/* As tickcache_key_matches(), for the daemon whose event was taken last. */
TICKCACHE_API int tickcache_feed_key_matches(tickcache_feed* feed, const char* key);

/* Plain text, e.g. "64521.30000000"; `out` has TICKCACHE_DECIMAL_CHARS bytes. Returns its length.
 */
TICKCACHE_API size_t tickcache_decimal_text(tickcache_decimal value, char* out);
/* The nearest double. */
TICKCACHE_API double tickcache_decimal_double(tickcache_decimal value);
/* "live", "stale" …; "reconnecting", "heartbeat_lost" …. Never NULL. */
TICKCACHE_API const char* tickcache_freshness_text(int freshness);
TICKCACHE_API const char* tickcache_reason_text(int reason);
/* CLOCK_BOOTTIME in nanoseconds, the clock of received_ns. */
TICKCACHE_API int64_t tickcache_boot_clock(void);
/* "0.1.0" */
TICKCACHE_API const char* tickcache_version(void);

#ifdef __cplusplus
}
#endif

#endif
