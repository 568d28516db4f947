"""tickcache-relay, tickcached and the simulated exchange, for a test in another language."""
import contextlib
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

KEY = "ak_live_demo"
# What is started so ends with this process, even if that is killed.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")


class Served:
    """Runs until the end of its `with`. The exchange can be cut off, and comes back at the same address."""

    def __init__(self, tickcached, relay, sim, *options):
        self._tickcached, self._relay, self._sim = tickcached, relay, sim
        self._options = options  # of tickcached
        self._segment = f"tickcache-test-served-{os.getpid()}"
        self.environment = {**os.environ, "TICKCACHE_SEGMENT": self._segment, "AGENTEXCHANGE_API_KEY": KEY}
        # What this machine has set is none of the test's.
        for variable in ("CREDENTIALS_DIRECTORY", "http_proxy", "HTTP_PROXY"):
            self.environment.pop(variable, None)
            os.environ.pop(variable, None)
        self._running = []

    def __enter__(self):
        try:
            self._start_exchange()
            url = self._exchange_url
            self._start(self._tickcached, "--config=/dev/null", f"--url={url}", *self._options)
            self.url = self._address(self._start(self._relay, "--listen=127.0.0.1:0", "--config=/dev/null"))
            self.environment["RELAY_URL"] = self.url
            self.wait_for_price()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in reversed(self._running):
            self._end(process)
        for end in ("", ".lock", ".next"):
            pathlib.Path(f"/dev/shm/{self._segment}{end}").unlink(missing_ok=True)

    def cut(self):
        self._end(self._exchange)

    def restore(self):
        if self._exchange.poll() is not None:
            self._start_exchange(self._exchange_url.rsplit(":", 1)[1])

    def wait_for_price(self):
        for _ in range(300):
            with contextlib.suppress(urllib.error.HTTPError):
                urllib.request.urlopen(self.url + "/v1/price/BTCUSDT?require=live").close()
                return
            time.sleep(0.1)
        sys.exit("there is no live price within 30 s")

    def _start_exchange(self, port="0"):
        self._exchange = self._start(self._sim, "--rate=2000", "--orders-per-second=2", "--portfolio-per-second=1",
                                     f"--port={port}")
        self._exchange_url = self._address(self._exchange)

    def _start(self, *command):
        process = subprocess.Popen(
            [*ENDS_WITH_US, *command], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            text=True,
        )
        self._running.append(process)
        return process

    @staticmethod
    def _address(process):
        for line in process.stdout:
            if "listening on " in line:
                return line.split("listening on ")[1].strip()
        sys.exit(f"{' '.join(process.args)} ended")

    def _end(self, process):
        if process in self._running:
            self._running.remove(process)
            process.terminate()
            process.communicate()
