"""What tickcache-relay says when somebody starts it: each mistake names what to do, and without a daemon it serves.

Usage: relay_start.py RELAY
"""
import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request

relay = sys.argv[1]
segment = f"tickcache-test-start-{os.getpid()}"
bare = {"PATH": os.environ["PATH"], "TICKCACHE_SEGMENT": segment}
problems = []
# What is started so ends with this process, even if that is killed.
ENDS_WITH_US = ("setpriv", "--pdeathsig", "KILL")


def check(what, holds):
    if not holds:
        problems.append(what)


def run(*arguments, **environment):
    done = subprocess.run([*ENDS_WITH_US, relay, *arguments], env={**bare, **environment}, capture_output=True,
                          text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def refused(code, text, *arguments, **environment):
    got, _, said = run(*arguments, **environment)
    check(f"{arguments} {environment}: exit {got}, not {code} with {text!r}: {said}", got == code and text in said)


@contextlib.contextmanager
def started(*command):
    """A process, and the first line that it says; killed if it was not stopped."""
    with subprocess.Popen([*ENDS_WITH_US, *command], env=bare, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process, process.stderr.readline()
        finally:
            process.kill()


@contextlib.contextmanager
def serving(*arguments):
    """The relay, and its address."""
    with started(relay, "--config=/dev/null", "--listen=127.0.0.1:0", *arguments) as (process, first):
        check(f"the first line is {first!r}", first.startswith("tickcache-relay: listening on http://127.0.0.1:"))
        yield process, first.split()[-1]


def ask(url, **headers):
    try:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers)) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def stop(process):
    process.send_signal(signal.SIGTERM)
    _, rest = process.communicate(timeout=60)
    check(f"exit {process.returncode} after SIGTERM", process.returncode == 0)
    return rest


with tempfile.TemporaryDirectory() as folder:
    def file(name, content):
        path = pathlib.Path(folder, name)
        path.write_text(content)
        path.chmod(0o600)
        return str(path)

    good = file("good.token", "0123456789abcdef0123456789abcdef\n")
    nothing = ("--config=/dev/null", "--check-config")

    # The configuration: every mistake at once, with where it is.
    bad = file("bad.conf", "lisen = 1\nmax-clients = many\n[relay]\n")
    for text in ("bad.conf:1: unknown option 'lisen'; did you mean 'listen'?", "bad.conf:2: max-clients", "bad.conf:3: "):
        refused(78, text, f"--config={bad}")
    refused(78, "'/nowhere': cannot be read: No such file", "--config=/nowhere")
    refused(78, "such as prices.example", *nothing, "--hosts=http://prices.example")
    refused(78, "such as https://desk.example", *nothing, "--origins=desk.example")
    check("lists with blanks", "hosts = a,b\norigins = https://c,https://d:81\n" in
          run(*nothing, "--hosts= a, b ,", "--origins=https://c, https://d:81")[1])
    refused(78, "is no segment name", "--config=/dev/null", "--listen=127.0.0.1:0", "--segment=a/b")

    # Other machines, and the token.
    refused(78, "otherwise use 127.0.0.1", *nothing, "--listen=0.0.0.0:8010")
    refused(78, "needs token-file", *nothing, "--listen=0.0.0.0:8010", "--allow-remote")
    refused(78, "'/nowhere': cannot be opened: No such file", *nothing, "--token-file=/nowhere")
    short = file("short.token", "hush-hush\n")
    refused(78, "must hold one secret of 16 to 512 characters", *nothing, f"--token-file={short}")
    check("the token is shown", "hush" not in run(*nothing, f"--token-file={short}")[2])
    check("a token with its line end", run(*nothing, f"--token-file={good}")[0] == 0)
    public = file("public.token", pathlib.Path(good).read_text())
    os.chmod(public, 0o644)
    code, _, said = run(*nothing, f"--token-file={public}")
    check(f"a token that all can read: {said}", code == 0 and "warning: token-file: " in said and "every user" in said)

    # The service's: its credential; before it runs, the file beside the configuration.
    credential = file("token", pathlib.Path(good).read_text())
    code, said, _ = run(*nothing, "--listen=0.0.0.0:8010", "--allow-remote", CREDENTIALS_DIRECTORY=folder)
    check("the credential", code == 0 and f"token-file = {credential}\n" in said)
    file("token", "\n")
    check("the unit's credential without a token",
          "token-file =\n" in run(*nothing, CREDENTIALS_DIRECTORY=folder)[1])
    configuration = file("relay.conf", "")
    beside = file("relay.token", pathlib.Path(good).read_text())
    check("the service's token file",
          f"token-file = {beside}\n" in run(f"--config={configuration}", "--check-config")[1])

    # An address in use.
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "127.0.0.1:%d" % taken.getsockname()[1]
        refused(1, f"cannot listen on {address}: Address already in use; choose another port",
                "--config=/dev/null", f"--listen={address}")

    # Without a daemon it serves, and says so once.
    with serving() as (process, url):
        check("/healthz", ask(url + "/healthz") == (200, "ok\n"))
        check("/readyz", ask(url + "/readyz") == (503, "down: no daemon; start tickcached\n"))
        status, said = ask(url + "/v1/price/BTCUSDT")
        check("a price", status == 503 and "BTCUSDT is down: no daemon; start tickcached" in said)
        check("no prices", ask(url + "/v1/prices") == (200, "[]\n"))
        check("no live prices", ask(url + "/v1/prices?require=live")[0] == 503)
        check("the reason", '"reason":"no_segment"' in ask(url + "/v1/status")[1])
        check("no orders", ask(url + "/v1/orders?api_key=x")[0] == 403)
        state = process.stderr.readline()
        check("the state", state == "tickcache-relay: the feed is down: no daemon; start tickcached\n")
        check("more than one line", stop(process) == "")

    # With the token.
    with serving(f"--token-file={good}") as (process, url):
        check("no token", ask(url + "/v1/prices")[0] == 401 and ask(url + "/")[0] == 200)
        token = pathlib.Path(good).read_text().strip()
        check("the token", ask(url + "/v1/prices", Authorization="Bearer " + token)[0] == 200 and
              ask(url + "/v1/prices?token=" + token)[0] == 200)
        stop(process)

    # A segment that appears later, and may not be read: the reason and what to do, as user and as service.
    if os.geteuid() == 0:
        command = ["setpriv", "--reuid", "61234", "--regid", "61234", "--clear-groups", *ENDS_WITH_US[1:], "sh", "-c",
                   'exec env SYSTEMD_EXEC_PID=$$ "$0" --config=/dev/null --listen=127.0.0.1:0', relay]
        path = pathlib.Path("/dev/shm", segment)
        with started(*command) as (process, _):
            try:
                path.write_bytes(bytes(4096))
                os.chown(path, 0, 61235)
                path.chmod(0o640)
                lines = ""
                while "SupplementaryGroups=GROUP" not in lines:
                    line = process.stderr.readline()
                    if not line:
                        break
                    lines += line
                check(f"not what to do: {lines}",
                      "may not be read by this user" in lines and "SupplementaryGroups=" in lines)
            finally:
                path.unlink(missing_ok=True)
            stop(process)

print("\n".join(problems) or "the relay says what to do")
sys.exit(bool(problems))
