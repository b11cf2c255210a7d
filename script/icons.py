"""The icons of the form on a device's own screen: our own drawing as pictures, by Pillow alone.

Reads `portal/assets/images/icon.svg`: one filled path and, on it, strokes of one width, all made of
the few commands that the drawing uses. A command that it doesn't know is an error.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

from PIL import Image, ImageColor, ImageDraw

ROOT = Path(__file__).resolve().parent.parent
DRAWING = ROOT / "portal" / "assets" / "images" / "icon.svg"
#: File → side in pixels, and how much of it the drawing's height takes. A maskable icon may be cut
#: to a circle of 80 %.
ICONS = {"icon-192.png": (192, 0.86), "icon-512.png": (512, 0.86), "icon-maskable.png": (512, 0.6)}
PAPER = "#ffffff"
#: Drawn so many times larger and made smaller: smooth edges.
FINER = 4
PIECES = 24
SVG = "{http://www.w3.org/2000/svg}"

Point = tuple[float, float]


def write_icons(folder: Path) -> None:
    """Draw every icon into the folder."""
    for name, (side, share) in ICONS.items():
        drawn(side, share).save(folder / name, optimize=True)


def drawn(side: int, share: float) -> Image.Image:
    """Return the drawing in the middle of a square of white."""
    root = ElementTree.fromstring(DRAWING.read_text())  # noqa: S314  our own file
    _x, _y, width, height = map(float, root.attrib["viewBox"].split())
    scale = side * FINER * share / height
    left, top = (side * FINER - width * scale) / 2, (side * FINER - height * scale) / 2

    def place(point: Point) -> Point:
        return left + point[0] * scale, top + point[1] * scale

    picture = Image.new("RGB", (side * FINER, side * FINER), PAPER)
    pen = ImageDraw.Draw(picture)
    for shape in root.findall(f"{SVG}path"):
        pen.polygon([place(p) for p in outline(shape.attrib["d"])], fill=colour(shape, "fill"))
    for group in root.findall(f"{SVG}g"):
        ink, thick = colour(group, "stroke"), float(group.attrib["stroke-width"]) * scale
        for circle in group.findall(f"{SVG}circle"):
            x, y = place((float(circle.attrib["cx"]), float(circle.attrib["cy"])))
            outer = float(circle.attrib["r"]) * scale + thick / 2
            box = (x - outer, y - outer, x + outer, y + outer)
            pen.ellipse(box, outline=ink, width=round(thick))
        for line in group.findall(f"{SVG}path"):
            points = [place(p) for p in outline(line.attrib["d"])]
            pen.line(points, fill=ink, width=round(thick))
            for x, y in points:  # the drawing's round ends
                half = thick / 2
                pen.ellipse((x - half, y - half, x + half, y + half), fill=ink)
    return picture.resize((side, side), Image.Resampling.LANCZOS)


def colour(element: ElementTree.Element, name: str) -> tuple[int, ...]:
    """Return a colour that the drawing gives."""
    return ImageColor.getrgb(element.attrib[name])


def outline(path: str) -> list[Point]:
    """Return the points along a path of straight lines and cubic curves."""
    points: list[Point] = []
    for command, numbers in commands(path):
        x, y = points[-1] if points else (0.0, 0.0)
        by = (x, y) if command.islower() else (0.0, 0.0)
        match command.lower():
            case "m" | "l":
                points.append((by[0] + numbers[0], by[1] + numbers[1]))
            case "v":
                points.append((x, by[1] + numbers[0]))
            case "c":
                ends = [(by[0] + a, by[1] + b) for a, b in zip(*[iter(numbers)] * 2, strict=True)]
                points += curve((x, y), *ends)
            case "z":
                points.append(points[0])
    return points


def commands(path: str) -> Iterator[tuple[str, list[float]]]:
    """Yield each command with its numbers; further numbers repeat it, those of a move as lines."""
    takes = {"m": 2, "l": 2, "v": 1, "c": 6, "z": 0}
    for letter, rest in re.findall(r"([a-zA-Z])([^a-zA-Z]*)", path):
        numbers = [float(one) for one in re.findall(r"-?\d*\.?\d+", rest)]
        step = takes[letter.lower()]
        if not step:
            yield letter, []
        for start in range(0, len(numbers), step or 1):
            yield letter, numbers[start : start + step]
            letter = {"M": "L", "m": "l"}.get(letter, letter)


def curve(start: Point, one: Point, two: Point, end: Point) -> list[Point]:
    """Return points along a cubic curve, without its start."""
    found = []
    for piece in range(1, PIECES + 1):
        t = piece / PIECES
        weights = ((1 - t) ** 3, 3 * t * (1 - t) ** 2, 3 * t * t * (1 - t), t**3)
        four = (start, one, two, end)
        x = sum(w * p[0] for w, p in zip(weights, four, strict=True))
        y = sum(w * p[1] for w, p in zip(weights, four, strict=True))
        found.append((x, y))
    return found
