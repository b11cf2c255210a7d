"""Typesets one paper in a process of its own: a JSON of template and words in, a PDF out.

Typesetting takes seventy megabytes that no web worker should keep.
"""

import json
import sys
from pathlib import Path

import noto_cjk_sans_otc
import typst
from fontTools.ttLib import TTCollection

FONT = Path(noto_cjk_sans_otc.__file__).parent / "NotoSansCJK-Regular.ttc"
NAME = "Noto Sans CJK SC"


def known_characters() -> frozenset[int]:
    """Return the code points that the font can print."""
    for font in TTCollection(FONT, lazy=True).fonts:
        if font["name"].getBestFullName().startswith(NAME):
            return frozenset(font.getBestCmap())
    raise LookupError(NAME)


def printable(text: str, known: frozenset[int]) -> str:
    """Print what the font lacks by its code: one such character would refuse the whole document."""
    return "".join(
        char if ord(char) in known or char in " \n" else f"〔U+{ord(char):04X}〕" for char in text
    )


def every_text(value: object, known: frozenset[int]) -> object:
    """Make all texts of a JSON value printable."""
    if isinstance(value, str):
        return printable(value, known)
    if isinstance(value, list):
        return [every_text(one, known) for one in value]
    if isinstance(value, dict):
        return {name: every_text(one, known) for name, one in value.items()}
    return value


def main() -> None:
    given = json.load(sys.stdin)
    words = every_text(given["words"], known_characters())
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[str(FONT.parent)])
    sys.stdout.buffer.write(
        typst.compile(
            given["template"],
            format="pdf",
            font_paths=fonts,
            pdf_standards=["ua-1"],
            sys_inputs={"d": json.dumps(words)},
        )
    )


if __name__ == "__main__":
    main()
