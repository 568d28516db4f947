/*
 * The C interface of libtickcache: the lookups of tickcache.hpp and the events of feed.hpp, for C
 * and for every language that can call C.
 *
 * Conventions
 *  1. Use a tickcache_reader or tickcache_feed from one thread at a time. Only tickcache_stop() and
 *     tickcache_feed_stop() may be called from any thread, and from signal handlers. Close
 *     each exactly once, with tickcache_close() or tickcache_feed_close(); closing NULL does
 *     nothing. No other function accepts a NULL reader or feed.
 *  2. Lookups write to memory that the caller owns, allocate nothing and never block. They return a
 *     freshness: TICKCACHE_MISSING, _DOWN, _STALE or _LIVE. Only a live value is known to be the
 *     latest. `verdict` may be NULL. It gives the reason, and has_value: a stale or down result
 *     usually still has the last value. Without a value, a single-record `out` is zeroed.
 *  3. Symbols may be in any case. Strings are UTF-8 and end with '\0'.
 *  4. max_age_ns: older values are stale. TICKCACHE_ANY_AGE sets no limit. Lookups of one symbol
 *     then read a coarse clock: the age of a live one is as of the kernel's last clock tick,
 *     usually 1 to 10 ms ago. TICKCACHE_EXACT_AGE sets no limit either, but reads the exact clock.
 *     Either way nothing is live for longer than it should be.
 *  5. Times are nanoseconds. received_ns is CLOCK_BOOTTIME; all other points in time are Unix
 *     time, 0 if absent.
 *  6. Enumeration values are never reused. Structs never change within one SONAME.
 */
#ifndef TICKCACHE_TICKCACHE_H
#define TICKCACHE_TICKCACHE_H

#include <stddef.h>
#include <stdint.h>

#include "tickcache/version.h"

#ifdef __cplusplus
extern "C" {
#endif

#define TICKCACHE_API __attribute__((visibility("default")))

typedef struct tickcache_reader tickcache_reader;

#define TICKCACHE_ANY_AGE INT64_MAX
#define TICKCACHE_EXACT_AGE (INT64_MAX - 1)

/* Freshness, the result of a lookup. */
enum {
  TICKCACHE_MISSING = 0, /* no value was ever received */
  TICKCACHE_DOWN = 1,    /* no daemon is running */
  TICKCACHE_STALE = 2,   /* possibly not the latest; see the reason */
  TICKCACHE_LIVE = 3     /* of a price: the exchange's now, as far as can be known within 3 s */
};

/* Why a value is not live: the reason of a verdict, status or event. */
enum {
  TICKCACHE_REASON_NONE = 0,           /* it is live */
  TICKCACHE_REASON_NEVER_SEEN = 1,     /* missing: no value was received yet */
  TICKCACHE_REASON_NO_SEGMENT = 2,     /* down: the segment does not exist or cannot be opened */
  TICKCACHE_REASON_STOPPED = 3,        /* down: the daemon was stopped */
  TICKCACHE_REASON_AUTH_FAILED = 4,    /* down: it stopped: key rejected, account suspended */
  TICKCACHE_REASON_SUPERSEDED = 5,     /* down: the new segment cannot be opened */
  TICKCACHE_REASON_HEARTBEAT_LOST = 6, /* down: the daemon was killed, is suspended or hangs */
  TICKCACHE_REASON_PREVIOUS_EPOCH = 7, /* stale: from before the present session */
  TICKCACHE_REASON_RECONNECTING = 8,   /* stale: its connection is not up */
  TICKCACHE_REASON_SILENT = 9,         /* stale: its connection is up, but its data has stopped */
  TICKCACHE_REASON_TOO_OLD = 10,       /* stale: older than max_age_ns */
  TICKCACHE_REASON_BUSY = 11,          /* stale, without a value: try again */
  TICKCACHE_REASON_UNSUBSCRIBED = 12,  /* stale: the daemon no longer subscribes to it */
  TICKCACHE_REASON_LAGGING = 13,       /* stale: it arrived late, or the feed lags */
  TICKCACHE_REASON_UNCONFIRMED = 14,   /* stale: the exchange has, or may have, another price */
  TICKCACHE_REASON_REJECTED = 15       /* stale: a later price of the symbol was rejected */
};

/* Why no segment is open. Returned by tickcache_open() and tickcache_error(). */
enum {
  TICKCACHE_OK = 0,
  TICKCACHE_ERROR_MISSING = 1,       /* does not exist yet; not an error for tickcache_open() */
  TICKCACHE_ERROR_BAD_NAME = 2,      /* not a valid segment name */
  TICKCACHE_ERROR_PERMISSION = 3,    /* this process may not read it */
  TICKCACHE_ERROR_STRANGER = 4,      /* not owned by this user, root or TICKCACHE_USER */
  TICKCACHE_ERROR_UNSAFE_MODE = 5,   /* writable by its group or by others */
  TICKCACHE_ERROR_NOT_A_SEGMENT = 6, /* not a regular file, or not created by tickcached */
  TICKCACHE_ERROR_OTHER_VERSION = 7, /* another major layout version */
  TICKCACHE_ERROR_DAMAGED = 8,       /* truncated, or its header is inconsistent */
  TICKCACHE_ERROR_SYSTEM = 9,      /* out of memory or file descriptors, or another system error */
  TICKCACHE_ERROR_OTHER_CLOCK = 10 /* written on another machine, or in another time namespace */
};

/* Results of the wait functions. */
enum {
  TICKCACHE_CHANGED = 0, /* something may have been published: look again */
  TICKCACHE_TIMEOUT = 1,
  TICKCACHE_STOPPED = 2 /* tickcache_stop() or tickcache_feed_stop() was called */
};

/* Topics of tickcache_wait(), or-ed. A change of the daemon's state ends every wait. */
enum {
  TICKCACHE_WAIT_ORDERS = 1 << 1,
  TICKCACHE_WAIT_PORTFOLIO = 1 << 2,
  TICKCACHE_WAIT_CANDLES = 1 << 3,
  TICKCACHE_WAIT_TICKS = 1 << 4
};

/* How a wait passes the time. */
enum {
  TICKCACHE_IDLE_SLEEP = 0, /* until the kernel wakes it: costs nothing, but takes the longest */
  TICKCACHE_IDLE_YIELD = 1, /* looks again and again, and lets others run in between */
  TICKCACHE_IDLE_SPIN = 2   /* looks again and again: the soonest, for all of a processor */
};

/* mantissa / 10^scale: exact, with the exchange's digits. "4.5E-7" is {45, 8}, "0.00000045". */
typedef struct tickcache_decimal {
  int64_t mantissa;
  uint8_t scale; /* digits after the decimal point, 0 to 18 */
  uint8_t reserved[7];
} tickcache_decimal;

/* Buffer size for tickcache_decimal_text(), including the '\0'. */
#define TICKCACHE_DECIMAL_CHARS 24

/* How far a result can be trusted. For a list, this describes its newest record. */
typedef struct tickcache_verdict {
  int64_t age_ns; /* since the daemon received it; meaningful if has_value */
  int32_t freshness;
  int32_t reason;    /* TICKCACHE_REASON_* */
  int32_t has_value; /* 1 or 0 */
  int32_t reserved;
} tickcache_verdict;

/* The latest trade of a symbol (the feed has no bids and asks), or a snapshot: a price that the
 * daemon asked for because no tick brought it, after connecting or when ticks were lost. `updates`
 * does not count snapshots. */
typedef struct tickcache_ticker {
  tickcache_decimal price;
  tickcache_decimal quantity; /* meaningful if has_quantity */
  int64_t exchange_time_ns;
  int64_t received_ns; /* of a snapshot: when the daemon asked for it */
  uint64_t updates;    /* ticks of this symbol so far, including this one */
  uint32_t epoch;      /* session that delivered it; 0: not of a present subscription */
  int8_t has_quantity;
  int8_t buyer_is_maker; /* 1 or 0; -1 if the exchange did not say */
  uint8_t connection;
  uint8_t snapshot; /* 1 or 0 */
  /* Delay compared with the fastest ticks; of a snapshot, how long the exchange took to answer.
   * 65535: or more; 0: none, or unknown. */
  uint16_t lag_ms;
  uint8_t overtaken; /* 1: it came after a snapshot with a newer price; only in events */
  uint8_t reserved[5];
} tickcache_ticker;

typedef struct tickcache_symbol_ticker {
  char symbol[32];
  tickcache_ticker ticker;
  tickcache_verdict verdict;
} tickcache_symbol_ticker;

/* Bits of tickcache_order.fields: the decimals that are present. */
enum {
  TICKCACHE_ORDER_QUANTITY = 1,
  TICKCACHE_ORDER_PRICE = 2,
  TICKCACHE_ORDER_EXECUTED_PRICE = 4,
  TICKCACHE_ORDER_EXECUTED_QUANTITY = 8,
  TICKCACHE_ORDER_FEE = 16
};

/* Bits of tickcache_order.flags. */
enum {
  TICKCACHE_ORDER_DATA_CUT = 1, /* `data` was truncated and is not valid JSON */
  TICKCACHE_ORDER_TEXT_CUT = 2  /* another string was truncated */
};

/* Where a record comes from. */
enum {
  TICKCACHE_ORIGIN_UNKNOWN = 0,
  TICKCACHE_ORIGIN_WEBSOCKET = 1, /* pushed by the exchange */
  TICKCACHE_ORIGIN_REST = 2,      /* requested */
  TICKCACHE_ORIGIN_TICKS = 3      /* computed */
};

/* One update of an order. */
typedef struct tickcache_order {
  uint64_t position; /* sequence number of the account's order updates, without gaps */
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
  int64_t gap_since_ns; /* not 0: updates since this Unix time may be missing before this one */
  uint32_t epoch;
  uint8_t connection;
  uint8_t fields;
  uint8_t flags;
  uint8_t origin;  /* TICKCACHE_ORIGIN_* */
  char data[1040]; /* the message's data object, as JSON */
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
  uint8_t closed; /* 1: final; 0: the interval is not over */
  uint8_t origin; /* TICKCACHE_ORIGIN_* */
  uint8_t flags;  /* TICKCACHE_CANDLE_* */
} tickcache_candle;

enum {
  TICKCACHE_CANDLE_MISSING_BEFORE = 1, /* of a closed one: others were not stored */
  TICKCACHE_CANDLE_INCOMPLETE = 2,     /* made of ticks, of which some may be missing */
  TICKCACHE_CANDLE_HISTORY = 4         /* from before the daemon kept the series: no event */
};

/* Amounts are strings: they can have more digits than a tickcache_decimal. Empty if not sent. */
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
  uint8_t flags;  /* 1: snapshots before it were not stored */
  uint8_t origin; /* TICKCACHE_ORIGIN_* */
  uint8_t reserved;
} tickcache_portfolio;

typedef struct tickcache_feed_status {
  int32_t feed; /* freshness: live if the daemon runs, is connected and receives ticks */
  int32_t reason;
  uint64_t instance; /* random; changes whenever the daemon publishes a new segment */
  uint32_t writer_pid;
  int32_t key_accepted; /* 1 if the exchange has ever accepted the key */
  int64_t started_unix_ns;
  int64_t heartbeat_age_ns;
  uint64_t symbols;
  uint64_t orders;         /* order updates, across runs */
  uint64_t portfolios;     /* snapshots, across runs */
  uint64_t messages;       /* received in this run */
  uint64_t ticks;          /* stored in this run */
  uint64_t rejected;       /* messages rejected in this run */
  char version[32];        /* of the daemon */
  char upstream[128];      /* the URL, without the key */
  int64_t verified_age_ns; /* since the exchange, asked, had the stored prices; -1: never */
  int64_t verified_for_ns; /* the age up to which that is valid */
  /* Delay of the newest tick, of the slowest connection, in whole milliseconds; 65.535 s: or more;
   * 0: none, or unknown. With hops: how late the origin's messages are, at most. */
  int64_t lag_ns;
  uint64_t hops; /* machines between the exchange and this one, as of a feed by Redis; 0: none */
} tickcache_feed_status;

/* tickcache_channel_status.kind */
enum {
  TICKCACHE_CHANNEL_ALL_TICKERS = 1,
  TICKCACHE_CHANNEL_TICKER = 2,
  TICKCACHE_CHANNEL_CANDLES = 3,
  TICKCACHE_CHANNEL_ORDERS = 4,
  TICKCACHE_CHANNEL_PORTFOLIO = 5
};
/* tickcache_channel_status.state */
enum {
  TICKCACHE_CHANNEL_WANTED = 1,       /* configured, not requested yet */
  TICKCACHE_CHANNEL_SENT = 2,         /* requested, not answered yet */
  TICKCACHE_CHANNEL_ACKNOWLEDGED = 3, /* confirmed by the exchange, or by receiving data */
  TICKCACHE_CHANNEL_REFUSED = 4       /* by the exchange, or nothing can bring it; see `why` */
};

/* A channel that the daemon subscribes to. */
typedef struct tickcache_channel_status {
  int32_t kind;
  int32_t state;
  char symbol[32];          /* of tickers and candles, ALL: candles of every symbol; else empty */
  char interval[8];         /* of candles; else empty */
  char why[96];             /* why it is refused */
  uint64_t count;           /* data messages in this run */
  int64_t last_data_age_ns; /* -1: none in this run */
  int32_t origin;           /* TICKCACHE_ORIGIN_* of its newest data */
  int32_t reserved;
} tickcache_channel_status;

/*
 * A symbol that remembers where it was found. Create it with tickcache_symbol(); treat the members
 * as opaque. Lookups update it, so do not share one between threads; copies are independent.
 */
typedef struct tickcache_handle {
  char symbol[32];
  uint64_t instance;
  uint32_t cell;
  uint32_t reserved;
} tickcache_handle;

/*
 * Opens `segment`. If it is NULL or empty, opens the segment named by the environment variable
 * TICKCACHE_SEGMENT, or "tickcache". The segment need not exist yet: lookups return TICKCACHE_DOWN
 * until it does. Returns TICKCACHE_OK and sets *reader, which the caller must close; or returns an
 * error code, sets *reader to NULL and writes to `message` (may be NULL) what is wrong and how to
 * fix it, truncated to message_size bytes including the '\0'.
 */
TICKCACHE_API int tickcache_open(const char* segment, tickcache_reader** reader, char* message,
                                 size_t message_size);
/* Frees the reader. No other thread may be in a call on it. */
TICKCACHE_API void tickcache_close(tickcache_reader* reader);

/* TICKCACHE_OK if the reader has a segment; otherwise the code and message that say why not, as
 * from tickcache_open(). */
TICKCACHE_API int tickcache_error(const tickcache_reader* reader, char* message,
                                  size_t message_size);

/* A handle for `symbol`, which need not exist yet. Never fails: a string longer than 31 bytes gives
 * a handle that is always missing. Usable with any reader of the segment. */
TICKCACHE_API tickcache_handle tickcache_symbol(const char* symbol);

/* Looks up the latest trade of a symbol. Returns its freshness. */
TICKCACHE_API int tickcache_get(tickcache_reader* reader, const char* symbol, int64_t max_age_ns,
                                tickcache_ticker* out, tickcache_verdict* verdict);
/* The same by handle, without searching for the symbol each time. */
TICKCACHE_API int tickcache_get_handle(tickcache_reader* reader, tickcache_handle* symbol,
                                       int64_t max_age_ns, tickcache_ticker* out,
                                       tickcache_verdict* verdict);
/* The same of its price alone; the fastest lookup. */
TICKCACHE_API int tickcache_price(tickcache_reader* reader, tickcache_handle* symbol,
                                  int64_t max_age_ns, tickcache_decimal* out,
                                  tickcache_verdict* verdict);
/* Looks up the latest prices of `count` symbols, each as tickcache_price() does, but several times
 * as fast: the daemon and the clock are looked at once for 256 of them. `out`, and `verdicts`
 * unless it is NULL, have room for `count`. Returns how many are live. */
TICKCACHE_API size_t tickcache_prices(tickcache_reader* reader, tickcache_handle* symbols,
                                      size_t count, int64_t max_age_ns, tickcache_decimal* out,
                                      tickcache_verdict* verdicts);
/* Reads the latest tick without judging its freshness. Returns 1, or 0 and zeroes *out if there is
 * no tick or the writer kept overwriting it. */
TICKCACHE_API int tickcache_last(tickcache_reader* reader, tickcache_handle* symbol,
                                 tickcache_ticker* out);
/* Reads every symbol, in the order of first appearance. Fills at most `capacity` elements and
 * returns the number of symbols, which may be larger; 0 without a segment. */
TICKCACHE_API size_t tickcache_snapshot(tickcache_reader* reader, int64_t max_age_ns,
                                        tickcache_symbol_ticker* out, size_t capacity);
/* Reads the newest `capacity` order updates, oldest first, and sets *count to their number. The
 * segment keeps at least 100. *gap_since_unix_ns (may be NULL) is not 0 if updates since that time
 * may be missing after the newest. Returns the freshness of the newest. */
TICKCACHE_API int tickcache_orders(tickcache_reader* reader, int64_t max_age_ns,
                                   tickcache_order* out, size_t capacity, size_t* count,
                                   int64_t* gap_since_unix_ns, tickcache_verdict* verdict);
/* Reads the newest portfolio snapshot. Returns its freshness. */
TICKCACHE_API int tickcache_portfolio_latest(tickcache_reader* reader, int64_t max_age_ns,
                                             tickcache_portfolio* out, tickcache_verdict* verdict);
/* Reads the newest `capacity` candles, oldest first, and sets *count to their number. The last may
 * still be open. The segment keeps at least 100 closed candles. Returns the freshness of the most
 * recently received; TICKCACHE_MISSING if the daemon has none of the series. */
TICKCACHE_API int tickcache_candles(tickcache_reader* reader, const char* symbol,
                                    const char* interval, int64_t max_age_ns, tickcache_candle* out,
                                    size_t capacity, size_t* count, tickcache_verdict* verdict);
/* Fills *out with the state of the daemon and returns out->feed. Without a segment, *out is zeroed
 * except `feed` and `reason`. */
TICKCACHE_API int tickcache_status(tickcache_reader* reader, tickcache_feed_status* out);
/* Reads the daemon's subscriptions. Fills at most `capacity` elements and returns the number of
 * channels, which may be larger; 0 without a segment. */
TICKCACHE_API size_t tickcache_channels(tickcache_reader* reader, tickcache_channel_status* out,
                                        size_t capacity);
/* 1 if `key` is the API key that the daemon uses; 0 if not, or without a segment. */
TICKCACHE_API int tickcache_key_matches(const tickcache_reader* reader, const char* key);

/*
 * To wait without missing anything: read the wake word, look at the data, then wait with that word.
 * Anything published in between ends the wait at once. A wait returns TICKCACHE_CHANGED, _TIMEOUT
 * or _STOPPED. TICKCACHE_CHANGED may be spurious: look again. A wait also ends when the daemon goes
 * down or comes back, which it checks every 250 ms.
 */
TICKCACHE_API uint32_t tickcache_wake_word(tickcache_reader* reader);
/* Waits for any of `topics`, for at most timeout_ns. */
TICKCACHE_API int tickcache_wait(tickcache_reader* reader, uint32_t seen, unsigned topics,
                                 int64_t timeout_ns);
/* Waits for a tick of `symbol`, for at most timeout_ns. */
TICKCACHE_API int tickcache_wait_symbol(tickcache_reader* reader, uint32_t seen,
                                        tickcache_handle* symbol, int64_t timeout_ns);
/* How the waits pass the time: TICKCACHE_IDLE_SLEEP to begin with. The others also return for what
 * was not waited for. Returns 0, or -1 if `strategy` is invalid. */
TICKCACHE_API int tickcache_set_idle_strategy(tickcache_reader* reader, int strategy);
/* Ends a wait, at the latest after 250 ms, and every later wait. Any thread and any signal handler
 * may call it: it takes no lock, allocates nothing and keeps errno. */
TICKCACHE_API void tickcache_stop(tickcache_reader* reader);

/*
 * Events: every tick, order update, closed candle and portfolio snapshot published after you
 * register for it, in order, each once; but no candle from before the daemon kept the series. A
 * tickcache_feed is single-threaded like a reader, starts no thread, and follows the daemon across
 * restarts. Use it in one of two ways: register handlers, which tickcache_feed_poll() and
 * tickcache_feed_run() call; or register NULL handlers and take the events one by one with
 * tickcache_feed_next().
 *
 * To wait in an event loop, such as epoll's, let a thread with a tickcache_reader of its own repeat
 * tickcache_wait() for 250 ms with the last wake word, read the next wake word, and then write to
 * an eventfd. When that is readable, read it, then poll the feed until nothing is pending,
 * with a turn of the loop in between. A program in C++ has notifier.hpp for this.
 */
typedef struct tickcache_feed tickcache_feed;

/* Delivery of ticks. */
enum {
  TICKCACHE_EVERY = 0, /* every tick */
  TICKCACHE_LATEST = 1 /* for slow handlers: each symbol's newest tick; `missed` counts the rest */
};

/* What tickcache_feed_on_tickers() delivers first. */
enum {
  TICKCACHE_BEGIN_NEXT = 0,   /* the next tick */
  TICKCACHE_BEGIN_PRESENT = 1 /* each symbol's latest tick or snapshot at registration, then every
                                 newer one */
};

/* Why tickcache_feed_run() returned. */
enum {
  TICKCACHE_END_STOP = 1,       /* tickcache_feed_stop() was called */
  TICKCACHE_END_STOPPED = 2,    /* the daemon was stopped */
  TICKCACHE_END_AUTH_FAILED = 3 /* the daemon stopped: key rejected, or account suspended */
};

/* tickcache_event.kind */
enum {
  TICKCACHE_EVENT_TICK = 1,      /* symbol, ticker: a tick or a snapshot */
  TICKCACHE_EVENT_CANDLE = 2,    /* symbol, interval, candle: a candle has closed */
  TICKCACHE_EVENT_ORDER = 3,     /* order */
  TICKCACHE_EVENT_PORTFOLIO = 4, /* portfolio */
  TICKCACHE_EVENT_STATUS = 5,    /* status, reason: the state of the feed has changed */
  TICKCACHE_EVENT_GAP = 6        /* channel, cause, missed: records may be missing between the last
                                    event of the channel and the next */
};

/* tickcache_event.cause */
enum {
  TICKCACHE_GAP_LAPPED = 1,      /* this program was too slow: `missed` records were overwritten */
  TICKCACHE_GAP_RECONNECTED = 2, /* the daemon lost its connection; the loss is unknown */
  TICKCACHE_GAP_RESTARTED = 3,   /* the daemon was restarted; the loss is unknown */
  TICKCACHE_GAP_NOT_STORED = 4   /* the daemon was not subscribed meanwhile, or rejected them;
                                    `missed` of ticks, with each time unsubscribed counted as one */
};

typedef struct tickcache_event {
  int32_t kind;
  int32_t status;  /* TICKCACHE_EVENT_STATUS: TICKCACHE_LIVE, _STALE or _DOWN */
  int32_t reason;  /* TICKCACHE_EVENT_STATUS: TICKCACHE_REASON_* */
  int32_t cause;   /* TICKCACHE_EVENT_GAP */
  int32_t channel; /* TICKCACHE_EVENT_GAP: TICKCACHE_CHANNEL_ALL_TICKERS for ticks, _CANDLES, … */
  int32_t present; /* TICKCACHE_EVENT_TICK: 1: the value at registration */
  uint64_t missed; /* requested records lost just before this one */
  char symbol[32];
  char interval[8];
  tickcache_ticker ticker;
  /* Owned by the feed; valid until the handler returns or the feed's next call. NULL for events of
   * another kind. */
  const tickcache_candle* candle;
  const tickcache_order* order;
  const tickcache_portfolio* portfolio;
} tickcache_event;

/* Called on the thread that polls or runs the feed. `event` is valid until the handler returns;
 * `user` is the pointer given at registration, which the feed neither copies nor frees. */
typedef void (*tickcache_handler)(const tickcache_event* event, void* user);

/* As tickcache_open(). */
TICKCACHE_API int tickcache_feed_open(const char* segment, tickcache_feed** feed, char* message,
                                      size_t message_size);
/* Frees the feed. Do not call it from a handler. */
TICKCACHE_API void tickcache_feed_close(tickcache_feed* feed);

/*
 * These register for events published from now on. Call one again to add another handler; handlers
 * may call them too. They return an id, greater than 0, for tickcache_feed_remove(); or -1 if an
 * argument is invalid or memory is exhausted. tickcache_feed_on_ticker() takes "all" for every
 * symbol. With a NULL `handler`, only tickcache_feed_next() delivers the events.
 */
TICKCACHE_API int64_t tickcache_feed_on_ticker(tickcache_feed* feed, const char* symbol,
                                               int delivery, tickcache_handler handler, void* user);
/* The same for `count` symbols under one id, and perhaps with their present values first: in the
 * next poll or run, or by tickcache_feed_next(). A symbol without a value, or without a segment
 * yet, begins with its next tick. A present value may be old. If a symbol is invalid, none is
 * registered. */
TICKCACHE_API int64_t tickcache_feed_on_tickers(tickcache_feed* feed, const char* const* symbols,
                                                size_t count, int delivery, int begin,
                                                tickcache_handler handler, void* user);
TICKCACHE_API int64_t tickcache_feed_on_candles(tickcache_feed* feed, const char* symbol,
                                                const char* interval, tickcache_handler handler,
                                                void* user);
TICKCACHE_API int64_t tickcache_feed_on_order_update(tickcache_feed* feed,
                                                     tickcache_handler handler, void* user);
TICKCACHE_API int64_t tickcache_feed_on_portfolio(tickcache_feed* feed, tickcache_handler handler,
                                                  void* user);
/* The first event reports the present state. */
TICKCACHE_API int64_t tickcache_feed_on_status(tickcache_feed* feed, tickcache_handler handler,
                                               void* user);
TICKCACHE_API int64_t tickcache_feed_on_gap(tickcache_feed* feed, tickcache_handler handler,
                                            void* user);

/* Ends the delivery of what returned `id`. Handlers may call it, also for themselves. Returns 0, or
 * -1 if nothing is registered under that id (any more). */
TICKCACHE_API int tickcache_feed_remove(tickcache_feed* feed, int64_t id);

/* Calls the handlers for the pending events, at most `max` (SIZE_MAX: all), without waiting.
 * Returns the number of events. From a handler it does nothing and returns 0. */
TICKCACHE_API size_t tickcache_feed_poll(tickcache_feed* feed, size_t max);
/* Takes the next event, without waiting or calling a handler. Returns 1 and fills *event; or 0 if
 * there is none, or if called from a handler. A tick requested in several ways is returned once.
 * Gap events need no registration. */
TICKCACHE_API int tickcache_feed_next(tickcache_feed* feed, tickcache_event* event);
/* Sleeps until there may be events, for at most timeout_ns. Returns TICKCACHE_CHANGED, _TIMEOUT or
 * _STOPPED. Poll until nothing is pending before you wait again. */
TICKCACHE_API int tickcache_feed_wait(tickcache_feed* feed, int64_t timeout_ns);
/* How tickcache_feed_wait() and the runs pass the time: TICKCACHE_IDLE_SLEEP to begin with. Returns
 * 0, or -1 if `strategy` is invalid. */
TICKCACHE_API int tickcache_feed_set_idle_strategy(tickcache_feed* feed, int strategy);
/* Calls handlers until tickcache_feed_stop(), or until the daemon has been stopped and everything
 * it published is delivered. Returns TICKCACHE_END_*. */
TICKCACHE_API int tickcache_feed_run(tickcache_feed* feed);
/* Calls handlers until tickcache_feed_stop(), across restarts of the daemon. */
TICKCACHE_API void tickcache_feed_run_forever(tickcache_feed* feed);
/* Ends tickcache_feed_wait(), tickcache_feed_run() and tickcache_feed_run_forever(), at the latest
 * after 250 ms, and every later call of them. Any thread, any handler and any signal handler may
 * call it: it takes no lock, allocates nothing and keeps errno. */
TICKCACHE_API void tickcache_feed_stop(tickcache_feed* feed);
/* Number of requested records that were overwritten before this program read them. */
TICKCACHE_API uint64_t tickcache_feed_missed(const tickcache_feed* feed);
/* As tickcache_key_matches(), for the daemon that published the last event taken. */
TICKCACHE_API int tickcache_feed_key_matches(tickcache_feed* feed, const char* key);

/* Writes the decimal as text without an exponent, such as "64521.30000000", and a '\0'. `out` must
 * have TICKCACHE_DECIMAL_CHARS bytes. Returns the length without the '\0'. */
TICKCACHE_API size_t tickcache_decimal_text(tickcache_decimal value, char* out);
/* The nearest double. */
TICKCACHE_API double tickcache_decimal_double(tickcache_decimal value);
/* Names such as "live" and "reconnecting", "unknown" for an unnamed number. Static strings, never
 * NULL. These and the functions around them may be called from any thread. */
TICKCACHE_API const char* tickcache_freshness_text(int freshness);
TICKCACHE_API const char* tickcache_reason_text(int reason);
/* CLOCK_BOOTTIME in nanoseconds, the clock of received_ns. */
TICKCACHE_API int64_t tickcache_boot_clock(void);
/* The version of the library that is loaded, such as "0.1.0"; TICKCACHE_VERSION is that of this
 * header. A static string. */
TICKCACHE_API const char* tickcache_version(void);

#ifdef __cplusplus
}
#endif

#endif
