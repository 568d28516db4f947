"""Runs the examples of docs/relay.md: each ends by itself, without an error, after it has printed prices.
TypeScript is checked with tsc --strict first.

Usage: RELAY_URL=URL check_examples.py NODE_MODULES [NAME...]
       check_examples.py NODE_MODULES TICKCACHED RELAY SIM [NAME...]

The first form uses a relay that runs, with BTCUSDT and ETHUSDT, and ticks; the second starts these programs.
NODE_MODULES has ws, typescript, @types/ws and @types/node, for JavaScript and TypeScript. Without a NAME, all
examples run.
"""
import contextlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
from page_examples import examples  # noqa: E402
from served import Served  # noqa: E402

# Each command runs in a directory with the example as the file of this name.
RECIPES = {
    "curl": ("prices.sh", [["sh", "-eu", "prices.sh"]]),
    "node": ("prices.mjs", [["node", "prices.mjs"]]),
    "typescript": ("prices.ts", [["node_modules/.bin/tsc", "--strict", "--noUnusedLocals", "--target", "es2022",
                                  "--module", "nodenext", "prices.ts"], ["node", "prices.js"]]),
    "go": ("prices.go", [["go", "vet", "prices.go"], ["go", "run", "prices.go"]]),
    "python": ("prices.py", [[sys.executable, "prices.py"]]),
}
HANGS_AFTER = 120  # seconds, compilation included


def problem_of(name, text, node_modules, environment):
    """What is wrong with the example; empty if nothing is."""
    file, commands = RECIPES[name]
    with tempfile.TemporaryDirectory(prefix="relay-example-") as folder:
        there = pathlib.Path(folder)
        (there / file).write_text(text)
        (there / "package.json").write_text('{"private": true, "type": "module"}\n')
        (there / "node_modules").symlink_to(node_modules)
        environment = environment | {"GOCACHE": str(there / "go"), "GOFLAGS": "-mod=mod", "GOTOOLCHAIN": "local"}
        output = ""
        for command in commands:
            try:
                run = subprocess.run(command, cwd=there, env=environment, timeout=HANGS_AFTER, text=True,
                                     stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            except subprocess.TimeoutExpired as hanging:
                return f"{command[0]} does not end; it printed:\n{(hanging.stdout or b'').decode(errors='replace')}"
            except OSError as error:
                return f"cannot run {command[0]}: {error.strerror}"
            output = run.stdout
            if run.returncode != 0:
                return f"{command[0]} failed with {run.returncode}:\n{output}"
    prices = re.findall(r"BTCUSDT\D+\d+\.\d+", output)
    return "" if len(prices) >= 3 else f"it printed {len(prices)} prices of BTCUSDT:\n{output}"


def main():
    programs = 0 if "RELAY_URL" in os.environ else 3
    modules, arguments = sys.argv[1:2], sys.argv[2:]
    names = arguments[programs:] or list(RECIPES)
    if not modules or len(arguments) < programs or not set(names) <= set(RECIPES):
        sys.exit(__doc__)
    node_modules = pathlib.Path(modules[0]).resolve()
    if {"node", "typescript"} & set(names) and not (node_modules / ".bin/tsc").exists():
        sys.exit(f"{node_modules} has no typescript; run npm ci beside it")
    failed = 0
    with contextlib.ExitStack() as stack:
        environment = dict(os.environ)
        if programs:
            environment = stack.enter_context(Served(*arguments[:programs])).environment
        for name, text in examples("relay.md", RECIPES).items():
            if name not in names:
                continue
            problem = problem_of(name, text, node_modules, environment)
            print(f"{name}: {problem or 'ok'}", flush=True)
            failed += bool(problem)
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
