"""The tests of the relay's page in Chromium, against tickcache-relay, tickcached and the simulated exchange.

Usage: run.py CLIENTS TICKCACHED RELAY SIM, where CLIENTS has page_test.mjs and its node_modules. What the test
needs besides is asked for by HTTP: /cut and /restore of the exchange.
"""
import http.server
import pathlib
import subprocess
import sys
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "support"))
from served import Served  # noqa: E402

clients, *programs = sys.argv[1:5]
with Served(*programs, "--candles=BTCUSDT:1m") as served:

    class Exchange(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            served.cut() if self.path == "/cut" else served.restore()
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    control = http.server.HTTPServer(("127.0.0.1", 0), Exchange)
    threading.Thread(target=control.serve_forever, daemon=True).start()
    served.environment["EXCHANGE_CONTROL"] = f"http://127.0.0.1:{control.server_port}"
    test = ["node", "--test", "--test-reporter=spec", pathlib.Path(clients, "page_test.mjs")]
    sys.exit(subprocess.run(test, env=served.environment, cwd=clients).returncode)
