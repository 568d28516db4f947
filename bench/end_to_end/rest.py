"""The REST interface of the exchange of the measurements: all prices, for the audit, and an account
without orders.

    rest.py < PRICES

reads them as a JSON object, prints the port, and serves until it is ended.
"""

import datetime
import http.server
import json
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        is_prices = self.path == "/api/v1/market/prices"
        is_orders = self.path.startswith("/api/v1/trade/orders")
        now = datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")
        more = f',"timestamp":"{now}","count":{COUNT},"stale":false,"data_age_seconds":0.1}}'
        text = f'{{"prices":{PRICES}' + more if is_prices else '{"orders":[]}' if is_orders else "{}"
        body = text.encode()
        self.send_response(200 if is_prices or is_orders else 404)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *args):
        pass


PRICES = sys.stdin.read().strip()
COUNT = len(json.loads(PRICES))
http.server.HTTPServer.handle_error = lambda *_: None  # the daemon may end within an answer
with http.server.HTTPServer(("127.0.0.1", 0), Handler) as server:
    print(server.server_port, flush=True)
    server.serve_forever()
