"""The examples of a page: each a fenced block behind a comment <!-- example: NAME -->."""
import pathlib
import re
import sys

DOCS = pathlib.Path(__file__).resolve().parents[2] / "docs"


def examples(page, names):
    """By name. Exits if the page's examples are not just these."""
    found = re.findall(r"^<!-- example: (\w+) -->\n+```\w*\n(.*?)^```$", (DOCS / page).read_text(), re.M | re.S)
    if sorted(name for name, _ in found) != sorted(names):
        sys.exit(f"{page} has the examples {[name for name, _ in found]}, not {list(names)}")
    return dict(found)
