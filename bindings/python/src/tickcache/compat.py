"""AgentExchangeWS, the platform's client, reading shared memory instead of a connection:

    from tickcache.compat import AgentExchangeWS

Use this in place of `from agentexchange import AgentExchangeWS`; nothing else changes.
"""

from __future__ import annotations

import asyncio
import logging
import time
from typing import Any, Callable, Iterable, TypeVar

from . import messages, subscriptions
from ._native import Feed
from .errors import NoSegment, TickcacheError, why_down
from .pump import Pump
from .waits import Waiter

__all__ = ["AgentExchangeError", "AgentExchangeWS", "AuthenticationError", "ConnectionError"]

logger = logging.getLogger("tickcache")

DEFAULT_BASE_URL = "ws://localhost:8000"

Message = dict[str, Any]
Handler = TypeVar("Handler", bound=Callable[[Message], Any])
_Handlers = dict[str, list[Callable[[Message], Any]]]

_PRIVATE = ("orders", "portfolio")
_MAKE = {"candles": messages.candle, "orders": messages.order, "portfolio": messages.portfolio}
_LAPPED = 1
_NOT_STORED = 4
#: Consecutive handlers block the loop for at most this long (seconds).
_TURN = 0.005


class AgentExchangeError(TickcacheError):
    """Base class of the exceptions of the platform's client."""

    def __init__(
        self,
        message: str,
        *,
        code: str = "UNKNOWN_ERROR",
        status_code: int = 0,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.status_code = status_code
        self.details: dict[str, Any] = details or {}

    def __str__(self) -> str:
        return f"[{self.code}] {self.message}"


class AuthenticationError(AgentExchangeError):
    """The exchange rejected the key, or the key is not the one that tickcached uses."""


class ConnectionError(AgentExchangeError):
    """The shared memory segment exists but cannot be used."""


def wrong_key(channels: Iterable[str], api_key: str) -> AuthenticationError:
    if not api_key:
        return AuthenticationError(
            f"no api_key is given, and {' and '.join(channels)} are one agent's: give the key that"
            " tickcached uses; prices and candles need none",
            code="INVALID_API_KEY",
            status_code=401,
        )
    return AuthenticationError(
        f"this api_key is not the one that tickcached uses, so {' and '.join(channels)} are another"
        " agent's (the exchange does not say whether two keys are of one account): give the key that"
        " tickcached uses, or run a tickcached with your key and a segment of its own, and name that"
        " with the environment variable TICKCACHE_SEGMENT",
        code="PERMISSION_DENIED",
        status_code=403,
    )


class AgentExchangeWS:
    """Delivers ticks, closed candles, order updates and portfolio snapshots to handlers, which may
    be functions or coroutine functions. Ticks are the exchange's own, unless a handler wants
    snapshots of prices, too.

    `api_key` is only compared with the key that tickcached uses; it is never sent. `base_url` is
    ignored: tickcached has its own option `url`. `segment` is as in Cache.

    Handlers run one at a time on the loop of connect() and receive every message in order.
    `data["missed"]` is the number of messages that a slow handler lost just before this one;
    `missed` is the total.
    """

    def __init__(
        self, api_key: str, base_url: str = DEFAULT_BASE_URL, *, segment: str | None = None
    ) -> None:
        self._api_key = api_key or ""
        self._base_url = base_url.rstrip("/")
        self._segment = segment
        self._handlers: _Handlers = {}
        self._snapshot_handlers: _Handlers = {}  # those that want snapshots, too
        self._subscriptions: set[str] = set()
        self._requested: set[str] = set()  # of the feed
        # The handlers of ticks, by symbol.
        self._routes: dict[str, tuple[Callable[[Message], Any], ...]] = {}
        self._pump: Pump | None = None
        self._feed: Feed | None = None
        self._changed = False
        self._was_live = False
        self._warned_down = False
        self._turn_began = 0.0
        self._missed = 0

    @property
    def missed(self) -> int:
        """Number of messages that were overwritten before this program read them."""
        return self._missed

    # --- handlers

    def on_ticker(self, symbol: str, *, snapshots: bool = False) -> Callable[[Handler], Handler]:
        """Decorator: calls the handler for each tick of a symbol, or of every symbol ("all"). With
        `snapshots`, also for the prices that tickcached asked for because no tick brought them;
        their `data["snapshot"]` is True."""
        channel = subscriptions.channel_of_ticker(symbol)
        register = self._decorator(channel)
        if not snapshots:
            return register

        def register_for_both(handler: Handler) -> Handler:
            self._snapshot_handlers.setdefault(channel, []).append(handler)
            return register(handler)

        return register_for_both

    def on_candles(self, symbol: str, interval: str) -> Callable[[Handler], Handler]:
        """Decorator: calls the handler for each closed candle of a series."""
        return self._decorator(subscriptions.channel_of_candles(symbol, interval))

    def on_order_update(self) -> Callable[[Handler], Handler]:
        """Decorator: calls the handler for each order update. Raises AuthenticationError if
        tickcached uses another key."""
        return self._decorator("orders")

    def on_portfolio(self) -> Callable[[Handler], Handler]:
        """Decorator: calls the handler for each portfolio snapshot. Raises AuthenticationError if
        tickcached uses another key."""
        return self._decorator("portfolio")

    def subscribe(self, channel: str) -> None:
        """Delivers a channel's messages to its handlers (again). The channel is "ticker:BTCUSDT",
        "ticker:all", "candles:BTCUSDT:1m", "orders" or "portfolio"."""
        self._subscriptions.add(_canonical(channel))
        self._note_change()

    def unsubscribe(self, channel: str) -> None:
        """Stops delivering a channel's messages to its handlers."""
        self._subscriptions.discard(_canonical(channel))
        self._note_change()

    def _decorator(self, channel: str) -> Callable[[Handler], Handler]:
        if channel in _PRIVATE:
            self._refuse_strangers(channel)

        def register(handler: Handler) -> Handler:
            self._handlers.setdefault(channel, []).append(handler)
            self._subscriptions.add(channel)
            self._note_change()
            return handler

        return register

    def _refuse_strangers(self, channel: str) -> None:
        try:
            reader = Waiter(self._segment)
        except NoSegment:
            return  # connect() reports it
        # The key of a daemon that no longer runs says nothing about the next one.
        if reader._status()[0] != "down" and not reader._key_matches(self._api_key):
            raise wrong_key([channel], self._api_key)

    def _note_change(self) -> None:
        self._routes = {}
        self._changed = True
        pump = self._pump
        if pump is not None:
            pump.poke()

    # --- life

    async def connect(self) -> None:
        """Runs the handlers until disconnect(). Waits if tickcached is not running, and follows it
        across restarts.

        Raises AuthenticationError if tickcached stopped because the exchange rejected its key, or
        if there are handlers for orders or the portfolio and tickcached uses another key;
        ConnectionError if the shared memory cannot be used; NotSubscribed if tickcached does not
        subscribe to a channel that has handlers.
        """
        if self._feed is not None:
            raise RuntimeError("connect() is under way already")
        try:
            self._feed = Feed(self._segment)
        except NoSegment as error:
            raise ConnectionError(str(error), code="CONNECTION_ERROR") from error
        self._pump = Pump(self._feed, self._feed.take_messages)
        self._requested = set()
        self._was_live = False
        self._warned_down = False
        try:
            self._feed.only_with(self._api_key)
            self._feed.on_status()
            self._feed.on_gap()
            self._request(self._feed)
            await self._run(self._feed, self._pump)
        finally:
            self._pump.close()
            self._pump = None
            self._feed = None

    def run_forever(self) -> None:
        """Runs connect() on a new event loop in this thread."""
        asyncio.run(self.connect())

    async def disconnect(self) -> None:
        """Ends connect(). May be called from any thread and any loop."""
        pump = self._pump
        if pump is not None:
            pump.stop()

    async def __aenter__(self) -> AgentExchangeWS:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    def __repr__(self) -> str:
        return f"AgentExchangeWS(subscriptions={sorted(self._subscriptions)!r})"

    # --- the loop

    async def _run(self, feed: Feed, pump: Pump) -> None:
        checked = False
        while not pump.stopped:
            for event in await pump.batch():
                if pump.stopped:
                    return
                if type(event) is dict:
                    await self._call(self._routes_of(event), event)
                elif event[0] in _MAKE:
                    await self._deliver(*event)
                elif event[0] == "gap":
                    self._tell_gap(*event[1:])
                elif event[0] == "status":
                    if self._is_up(*event[1:]):
                        await self._check(feed, must_be_subscribed=not checked)
                        checked = True
                else:
                    raise wrong_key(
                        sorted(self._subscriptions.intersection(_PRIVATE)), self._api_key
                    )
            if self._changed and pump.has_feed:
                self._request(feed)

    def _request(self, feed: Feed) -> None:
        """Registers new subscriptions with the feed."""
        self._changed = False
        for channel in self._subscriptions - self._requested:
            kind, _, rest = channel.partition(":")
            if kind == "ticker":
                feed.on_ticker(rest, False)
            elif kind == "candles":
                feed.on_candles(*rest.split(":", 1))
            elif kind == "orders":
                feed.on_order_update()
            else:
                feed.on_portfolio()
            self._requested.add(channel)

    def _routes_of(self, tick: Message) -> tuple[Callable[[Message], Any], ...]:
        symbol = tick["symbol"]
        if tick["snapshot"]:
            channels = (f"ticker:{symbol}", "ticker:all")
            return self._subscribed(self._snapshot_handlers, *channels)
        routes = self._routes.get(symbol)
        if routes is None:
            routes = self._handlers_of(f"ticker:{symbol}", "ticker:all")
            self._routes[symbol] = routes
        return routes

    def _handlers_of(self, *channels: str) -> tuple[Callable[[Message], Any], ...]:
        return self._subscribed(self._handlers, *channels)

    def _subscribed(
        self, handlers: _Handlers, *channels: str
    ) -> tuple[Callable[[Message], Any], ...]:
        return tuple(
            handler
            for channel in channels
            if channel in self._subscriptions
            for handler in handlers.get(channel, ())
        )

    async def _deliver(self, kind: str, missed: int, fields: tuple[Any, ...]) -> None:
        message = _MAKE[kind](fields, missed)
        channel = kind
        if kind == "candles":
            channel = f"candles:{message['symbol']}:{message['interval']}"
        await self._call(self._handlers_of(channel), message)

    async def _call(self, handlers: Iterable[Callable[[Message], Any]], message: Message) -> None:
        for handler in handlers:
            try:
                result = handler(message)
                if result is not None and hasattr(result, "__await__"):
                    await result
            except Exception:
                logger.exception(
                    "the handler %s of %s has raised",
                    getattr(handler, "__name__", handler),
                    message["channel"],
                )
        if time.monotonic() - self._turn_began > _TURN:
            await asyncio.sleep(0)
            self._turn_began = time.monotonic()

    # --- the daemon

    def _tell_gap(self, channel: int, cause: int, missed: int) -> None:
        if cause == _LAPPED:
            self._missed += missed
            logger.warning(
                "handlers were too slow: %d messages were overwritten before they could"
                " be read, %d so far",
                missed,
                self._missed,
            )
        elif cause == _NOT_STORED:
            logger.warning(
                "messages are missing: tickcached rejected them, or was not subscribed meanwhile"
            )

    def _is_up(self, freshness: str, reason: str) -> bool:
        if freshness != "down":
            live = freshness == "live"
            # Not being live yet is normal at the start.
            level = logging.WARNING if self._was_live and not live else logging.INFO
            logger.log(level, "the feed is %s", freshness if live else f"{freshness}: {reason}")
            self._was_live = live
            self._warned_down = False
            return True
        if reason == "auth_failed":
            raise AuthenticationError(why_down(reason), code="INVALID_API_KEY", status_code=401)
        if not self._warned_down:
            logger.warning("waiting for tickcached: %s", self._why_down(reason))
            self._warned_down = True
        return False

    def _why_down(self, reason: str) -> str:
        try:
            error = Waiter(self._segment)._error()
        except NoSegment as unusable:
            return str(unusable)
        return error or why_down(reason)

    async def _check(self, feed: Feed, must_be_subscribed: bool) -> None:
        """Raises an error if the daemon does not fit this client."""
        wanted_private = sorted(self._subscriptions.intersection(_PRIVATE))
        if wanted_private and not feed.key_matches(self._api_key):
            raise wrong_key(wanted_private, self._api_key)
        if not must_be_subscribed:
            return
        reader = Waiter(self._segment)
        self._hint_at_url(reader)
        error = subscriptions.missing(self._subscriptions, subscriptions.channels(reader))
        if error is not None:
            # A daemon that has just started may still be writing its list.
            await asyncio.sleep(0.25)
            error = subscriptions.missing(self._subscriptions, subscriptions.channels(reader))
        if error is not None:
            raise error
        for said in subscriptions.refused(self._subscriptions, subscriptions.channels(reader)):
            logger.error("%s", said)

    def _hint_at_url(self, reader: Waiter) -> None:
        upstream = reader._status()[2]
        base_url = self._base_url
        if base_url == DEFAULT_BASE_URL or not upstream:
            return
        # The upstream URL also has the WebSocket path, which users do not write.
        if not f"{upstream}/".startswith(f"{base_url}/"):
            logger.warning(
                "base_url %s is not used: tickcached is connected to %s, as its option"
                ' "url" says',
                base_url,
                upstream,
            )


def _canonical(channel: str) -> str:
    """The channel's name in the form that the decorators use."""
    kind, _, rest = channel.partition(":")
    if kind == "ticker" and rest:
        return subscriptions.channel_of_ticker(rest)
    if kind == "candles" and rest.count(":") == 1:
        return subscriptions.channel_of_candles(*rest.split(":"))
    if channel in _PRIVATE:
        return channel
    raise ValueError(
        f"{channel!r} is no channel: use ticker:SYMBOL, ticker:all, candles:SYMBOL:INTERVAL, orders"
        " or portfolio"
    )
