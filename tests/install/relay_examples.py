"""The examples of docs/relay.md do what they say: each is taken from the page and run against tickcache-relay,
tickcached and the simulated exchange. One whose language is not installed is named and left out.

Usage: relay_examples.py SOURCE_DIRECTORY TICKCACHED RELAY SIM [LANGUAGE…]
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request

root, tickcached, relay, sim = sys.argv[1:5]
chosen = sys.argv[5:]
page = pathlib.Path(root, "docs/relay.md").read_text()
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


def block(title, language):
    found = re.search(rf"^## {title}\n.*?^```{language}\n(.*?)^```$", page, re.M | re.S)
    if not found:
        sys.exit(f"docs/relay.md: there is no example for {title}")
    return found[1]


def has(program):
    return shutil.which(program) is not None


def has_websockets():
    return subprocess.run(["/usr/bin/python3", "-c", "import websockets"], capture_output=True).returncode == 0


def node(*files):
    # Node 20 has WebSocket behind an option, of which later ones know nothing.
    help_text = subprocess.run(["node", "--help"], capture_output=True, text=True).stdout
    return ["node", *(["--experimental-websocket"] if "--experimental-websocket" in help_text else []), *files]


# Title, language of the block, file, what it needs, commands.
examples = [
    ("curl", "sh", "example.sh", lambda: has("curl"), lambda: [["sh", "example.sh"]]),
    ("JavaScript", "js", "example.mjs", lambda: has("node"), lambda: [node("example.mjs")]),
    ("TypeScript", "ts", "example.mts", lambda: has("node") and has("tsc"),
     lambda: [["tsc", "--strict", "--target", "es2022", "--module", "es2022", "--lib", "es2022,dom",
               "example.mts"], node("example.mjs")]),
    ("Go", "go", "example.go", lambda: has("go"), lambda: [["go", "run", "example.go"]]),
    ("Python", "python", "example.py", has_websockets, lambda: [["/usr/bin/python3", "example.py"]]),
]

failed = []
try:
    exchange = address(start(sim, "--rate", "500"))
    daemon = start(tickcached, "--config=/dev/null", f"--url={exchange}")
    environment["RELAY_URL"] = address(start(relay, "--listen=127.0.0.1:0", "--config=/dev/null"))
    wait_for_price()
    for title, language, name, is_there, commands in examples:
        if chosen and title not in chosen:
            continue
        text = block(title, language)
        if not is_there():
            print(f"{title}: left out, not installed")
            continue
        with tempfile.TemporaryDirectory() as folder:
            pathlib.Path(folder, name).write_text(text)
            output = ""
            code = 0
            for command in commands():
                done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120)
                output += done.stdout + done.stderr
                code = code or done.returncode
        prices = re.findall(r"\b\d+\.\d+\b", output)
        if code != 0 or len(prices) < 5 or "BTCUSDT" not in output and title != "Python":
            failed.append(title)
        print(f"{title}: exit {code}, {len(prices)} prices\n{output}")
finally:
    for process in reversed(running):
        process.terminate()
        process.communicate()
    for end in ("", ".lock", ".next"):
        pathlib.Path(f"/dev/shm/{segment}{end}").unlink(missing_ok=True)
print(f"failed: {', '.join(failed)}" if failed else "all examples work")
sys.exit(bool(failed))
