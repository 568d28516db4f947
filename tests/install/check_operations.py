"""docs/operations.md says what is: each message that asks for action is in the sources, the exit
codes are those of --help, and the links lead somewhere.

Usage: check_operations.py SOURCE_DIRECTORY TICKCACHED
"""
import pathlib
import re
import subprocess
import sys

root = pathlib.Path(sys.argv[1])
page = (root / "docs/operations.md").read_text()
problems = []


def section(title):
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", page, re.M | re.S)
    if not found:
        sys.exit(f"operations.md has no section {title!r}")
    return found[1]


def first_column(text):
    rows = re.findall(r"^\| (.*?) \|", text, re.M)
    return [row for row in rows if not set(row) <= set("- ")][1:]  # without the heading


# Every text of the sources on one line, as it is printed: literals that follow each other are one.
sources = ""
for folder in ("daemon", "libcache"):
    for file in sorted((root / folder).rglob("*.[ch]pp")):
        sources += file.read_text() + "\n"
sources = re.sub(r'"\s*\n\s*"', "", sources).replace('\\"', '"')

messages = [row.strip("`") for row in first_column(section("The log"))]
if len(messages) < 20:
    problems.append(f"only {len(messages)} messages were found in the table")
for message in messages:
    # "…" and numbers in words stand for what differs.
    for part in re.split("…", message):
        part = part.strip(" ;:,()\"")
        if part and part not in sources:
            problems.append(f"no source has {part!r} (of {message!r})")

help_text = subprocess.run([sys.argv[2], "--help"], capture_output=True, text=True, check=True).stdout
printed = re.findall(r"^  (\d+) +\S", help_text[help_text.index("Exit codes:"):], re.M)
written = first_column(section("Exit codes"))
if printed != written:
    problems.append(f"exit codes: --help has {printed}, the page {written}")

anchors = {re.sub(r"[^a-z0-9 -]", "", line.lower()).replace(" ", "-")
           for line in re.findall(r"^#+ (.*)$", page, re.M)}
for target in re.findall(r"\]\(([^)]+)\)", page):
    path, _, anchor = target.partition("#")
    if path and not (root / "docs" / path).exists():
        problems.append(f"a link leads to {path}, which is not there")
    if not path and anchor not in anchors:
        problems.append(f"a link leads to #{anchor}, which is no heading")

print("\n".join(problems) or f"{len(messages)} messages, {len(written)} exit codes")
sys.exit(bool(problems))
