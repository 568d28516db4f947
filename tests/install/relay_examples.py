"""The examples of docs/relay.md do what they say: tests/relay/check_examples.py runs them against tickcache-relay,
tickcached and the simulated exchange. One whose language is not installed is named and left out; those in
JavaScript and TypeScript need `npm ci` in tests/relay/clients.

Usage: relay_examples.py SOURCE_DIRECTORY TICKCACHED RELAY SIM
"""
import os
import pathlib
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request

root, tickcached, relay, sim = sys.argv[1:5]
check = pathlib.Path(root, "tests/relay/check_examples.py")
node_modules = pathlib.Path(root, "tests/relay/clients/node_modules")
segment = f"tickcache-test-examples-{os.getpid()}"
environment = {**os.environ, "TICKCACHE_SEGMENT": segment, "AGENTEXCHANGE_API_KEY": "ak_live_demo"}
# What this machine has set is none of the test's.
for variable in ("CREDENTIALS_DIRECTORY", "http_proxy", "HTTP_PROXY"):
    environment.pop(variable, None)
    os.environ.pop(variable, None)
running = []


def start(*command):
    process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    running.append(process)
    return process


def address(process):
    for line in process.stdout:
        if "listening on " in line:
            return line.split("listening on ")[1].strip()
    sys.exit(f"{process.args[0]} ended")


def wait_for_price():
    for _ in range(300):
        try:
            urllib.request.urlopen(environment["RELAY_URL"] + "/v1/price/BTCUSDT?require=live").close()
            return
        except urllib.error.HTTPError:
            time.sleep(0.1)
    sys.exit("there is no live price within 30 s")


def has(program):
    return shutil.which(program) is not None


def has_websockets():
    return subprocess.run(["/usr/bin/python3", "-c", "import websockets"], capture_output=True).returncode == 0


# What each example needs to run here.
needs = {
    "curl": has("curl"),
    "node": has("node") and (node_modules / "ws").exists(),
    "typescript": has("node") and (node_modules / ".bin/tsc").exists(),
    "go": has("go"),
    "python": has_websockets(),
}
absent = [name for name, is_there in needs.items() if not is_there]

try:
    exchange = address(start(sim, "--rate", "500"))
    daemon = start(tickcached, "--config=/dev/null", f"--url={exchange}")
    environment["RELAY_URL"] = address(start(relay, "--listen=127.0.0.1:0", "--config=/dev/null"))
    wait_for_price()
    print(f"left out, not installed: {', '.join(absent) or 'none'}", flush=True)
    failed = subprocess.run(["/usr/bin/python3", check, node_modules, *(name for name in needs if needs[name])],
                            env=environment).returncode
finally:
    for process in reversed(running):
        process.terminate()
        process.communicate()
    for end in ("", ".lock", ".next"):
        pathlib.Path(f"/dev/shm/{segment}{end}").unlink(missing_ok=True)
sys.exit(failed)
