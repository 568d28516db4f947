"""docs/operations.md says what is: each message that asks for action is in the sources, and each
warning and error of the sources on the page; the exit codes of all programs are those of --help, also in
docs/cli.md, and the links of this page, of docs/install.md and of docs/relay.md lead somewhere.

Usage: check_operations.py SOURCE_DIRECTORY TICKCACHED TICKCACHE RELAY
"""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
page = (root / "docs/operations.md").read_text()
problems = []


def section(title, document=page):
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", document, re.M | re.S)
    if not found:
        sys.exit(f"there is no section {title!r}")
    return found[1]


def first_column(text):
    rows = re.findall(r"^\| (.*?) \|", text, re.M)
    return [row for row in rows if not set(row) <= set("- ")][1:]  # without the heading


def texts_of(*folders):
    """Every text of the sources on one line, as it is printed: literals that follow each other are one."""
    sources = "\n".join(file.read_text() for folder in folders for file in sorted((root / folder).rglob("*.[ch]pp")))
    return re.sub(r'"\s*\n\s*"', "", sources).replace('\\"', '"')


def parts_of(messages):
    """"…" and numbers in words stand for what differs; the name of an option comes from elsewhere."""
    return {part.strip(" ;:,()\"") for message in messages for part in re.split("…|(?<=-listen): ", message)} - {""}


messages = [message for row in first_column(section("The log")) for message in re.findall("`(.+?)`", row)]
if len(messages) < 20:
    problems.append(f"only {len(messages)} messages were found in the table")
parts = parts_of(messages)
sources = texts_of("daemon", "libcache", "options", "web", "redis")
problems += [f"no source has {part!r}" for part in sorted(parts) if part not in sources]

of_relay = [message for row in first_column(section("The relay")) for message in re.findall("`([^/].+?)`", row)]
if len(of_relay) < 8:
    problems.append(f"only {len(of_relay)} messages of the relay were found in the table")
sources = texts_of("bridges", "web", "libcache", "options")
problems += [f"no source of the relay has {part!r}" for part in sorted(parts_of(of_relay)) if part not in sources]

# What may end up in a line of the level warning or higher: logged, thrown, or why a connection ended.
LOGS = re.compile(r"Log::Level::(warning|error)|spdlog::(warn|error|critical)\(|complain\(LogLevel::|"
                  r"WriterError\(|runtime_error\(|fail\(\"|on_(lost|failed)\(|text = \"|"
                  r"warnings_\.(push|emplace)_back|std::string CapacityWatch::advice|return std::(string|to_string)\(")
# Errors of the configuration, and what it does not let happen.
NOT_LOGGED = ["is empty; give the name of a file", "no segment can have room for"]
for file in sorted([*(root / "daemon/core").glob("*.cpp"), *(root / "daemon/platform").glob("*.cpp"),
                    *(root / "daemon/service").glob("*.cpp"), *(root / "daemon/sources").rglob("*.cpp"),
                    root / "daemon/main.cpp", root / "daemon/config/options.cpp", root / "libcache/writer/carry_over.cpp",
                    root / "libcache/writer/segment_owner.cpp"]):
    for statement in re.split(r"[;{}]\n", file.read_text()):
        if not LOGS.search(statement):
            continue
        text = "".join(re.findall(r'"((?:[^"\\]|\\.)*)"', statement)).replace('\\"', '"')
        if len(re.findall("[a-z]{2,}", text)) < 2 or text.startswith("/"):
            continue
        if not any(part in text or text.strip(" ;:,()\"") in part for part in [*parts, *NOT_LOGGED] if len(part) > 8):
            problems.append(f"{file.name} may say {text!r}, which is not on the page")



def exit_codes(program):
    text = subprocess.run([program, "--help"], capture_output=True, text=True, check=True).stdout
    return re.findall(r"^  (\d+) +\S", text[text.index("Exit codes"):], re.M)


written = first_column(section("Exit codes"))
if written != exit_codes(sys.argv[2]):
    problems.append(f"exit codes: the page has {written}, tickcached --help {exit_codes(sys.argv[2])}")
told = re.findall(r"(?:Exit codes:|;) (\d+) ", section("The relay").replace("\n", " "))
if told != exit_codes(sys.argv[4]):
    problems.append(f"exit codes: the page has {told}, tickcache-relay --help {exit_codes(sys.argv[4])}")
of_client = exit_codes(sys.argv[3])
told = re.findall(r"\b(\d) [a-z]", re.search(r"`tickcache`: (.*?)\.", section("Exit codes"), re.S)[1])
# The first table; a second one has cases of some of the codes.
listed = first_column(section("Exit codes", (root / "docs/cli.md").read_text()).partition("\n\nIf ")[0])
if not told == listed == of_client:
    problems.append(f"exit codes: operations.md has {told}, cli.md {listed}, tickcache --help {of_client}")

def anchors_of(document):
    return {re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-")
            for line in re.findall(r"^#+ (.*)$", document, re.M)}


for name in ("install.md", "operations.md", "relay.md"):
    document = (root / "docs" / name).read_text()
    for target in re.findall(r"\]\(([^)]+)\)", document):
        path, _, anchor = target.partition("#")
        if "://" in path:
            continue
        if path and not (root / "docs" / path).exists():
            problems.append(f"{name}: a link leads to {path}, which is not there")
        elif anchor and anchor not in anchors_of((root / "docs" / path).read_text() if path else document):
            problems.append(f"{name}: a link leads to {target}, which is no heading")

print("\n".join(problems) or f"{len(messages) + len(of_relay)} messages, {len(written) + len(of_client)} exit codes")
sys.exit(bool(problems))
