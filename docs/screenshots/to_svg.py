"""Makes a picture of what a terminal shows. Usage: to_svg.py COLUMNS <CAPTURE >SVG

CAPTURE is text with colours, as `tmux capture-pane -e -p` prints it.
"""

import re
import sys
from html import escape

WIDTH, HEIGHT, MARGIN = 8.4, 18, 12  # of a character; around the text
COLOURS = {31: "#f2777a", 32: "#99cc99", 33: "#ffcc66"}
PLAIN, DIM, BACKGROUND = "#d8d8d8", "#8f8f8f", "#1c1c1c"


class Style:
    def __init__(self):
        self.bold = self.dim = self.reversed = False
        self.colour = None

    def apply(self, code):
        """SGR, ECMA-48 8.3.117."""
        if code == 0:
            self.__init__()
        elif code == 1:
            self.bold = True
        elif code == 2:
            self.dim = True
        elif code == 22:
            self.bold = self.dim = False
        elif code in (7, 27):
            self.reversed = code == 7
        elif code in (39, 49):  # the default colours
            self.colour = None
        elif code in COLOURS:
            self.colour = COLOURS[code]
        else:
            raise SystemExit(f"to_svg.py: unknown code {code}")

    def attributes(self):
        fill = BACKGROUND if self.reversed else self.colour or (DIM if self.dim else PLAIN)
        return f'fill="{fill}"' + (' font-weight="bold"' if self.bold else "")


def runs(line, style):
    """Texts of one style each: the column where each begins, its attributes, whether it is reversed."""
    column = 0
    for text, codes in re.findall(r"([^\x1b]+)|\x1b\[([0-9;]*)m", line):
        if text:
            yield column, text, style.attributes(), style.reversed
            column += len(text)
        else:
            for code in codes.split(";"):
                style.apply(int(code or 0))


def main():
    columns = int(sys.argv[1])
    lines = sys.stdin.read().rstrip("\n").split("\n")
    width = columns * WIDTH + 2 * MARGIN
    height = len(lines) * HEIGHT + 2 * MARGIN
    print(
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height:.0f}" '
        f'viewBox="0 0 {width:.0f} {height:.0f}">\n'
        f'<rect width="100%" height="100%" rx="6" fill="{BACKGROUND}"/>\n'
        "<g font-family=\"'DejaVu Sans Mono', Menlo, Consolas, monospace\" font-size=\"14\">"
    )
    style = Style()
    for row, line in enumerate(lines):
        for column, text, attributes, is_reversed in runs(line, style):
            if is_reversed:
                print(
                    f'<rect x="{MARGIN + column * WIDTH:.1f}" y="{MARGIN + row * HEIGHT}" '
                    f'width="{len(text) * WIDTH:.1f}" height="{HEIGHT}" fill="{PLAIN}"/>'
                )
            # One by one, as browsers collapse blanks.
            for part in re.finditer(r"\S+(?: \S+)*", text):
                x = MARGIN + (column + part.start()) * WIDTH
                y = MARGIN + (row + 0.75) * HEIGHT
                # The width is given, because fonts differ.
                print(
                    f'<text x="{x:.1f}" y="{y:.1f}" textLength="{len(part[0]) * WIDTH:.1f}" '
                    f'lengthAdjust="spacingAndGlyphs" {attributes}>{escape(part[0])}</text>'
                )
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
