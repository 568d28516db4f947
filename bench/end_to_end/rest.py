"""The REST interface of the exchange of the measurements: all prices, for the audit, and an account
without orders.

    rest.py < PRICES

reads them as a JSON object, prints the port, and serves until it is ended.

Where there are two processors, it shares one with bench_exchange, which looks at what is visible without
a pause: for as long as an answer takes, nothing is seen, and the daemon would seem to be late. So the
answers are prepared, all but the time, and written at once. Lower priority would not help: who spins
never makes way.
"""

import datetime
import json
import socketserver
import sys


def answer(body, status="200 OK"):
    head = f"HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return (head + body).encode()


def now():
    time = datetime.datetime.now(datetime.timezone.utc)
    return time.strftime("%Y-%m-%dT%H:%M:%S.%fZ").encode()  # always as long


PRICES = sys.stdin.read().strip()
STARTED = now()
BEFORE, AFTER = answer(
    f'{{"prices":{PRICES},"timestamp":"{STARTED.decode()}","count":{len(json.loads(PRICES))},'
    '"stale":false,"data_age_seconds":0.1}'
).split(STARTED)
NO_ORDERS = answer('{"orders":[]}')
UNKNOWN = answer("{}", "404 Not Found")


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        while request := self.rfile.readline():
            while self.rfile.readline().strip():
                pass
            target = request.split()[1]
            if target == b"/api/v1/market/prices":
                self.wfile.write(BEFORE + now() + AFTER)
            elif target.startswith(b"/api/v1/trade/orders"):
                self.wfile.write(NO_ORDERS)
            else:
                self.wfile.write(UNKNOWN)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        pass  # the daemon may end within an answer


with Server(("127.0.0.1", 0), Handler) as server:
    print(server.server_address[1], flush=True)
    server.serve_forever()
