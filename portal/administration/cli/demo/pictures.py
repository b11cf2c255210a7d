"""Pictures drawn for the demo: simple scenes, some with a place in their EXIF to be scrubbed."""

import io
from collections.abc import Callable
from random import Random

from PIL import Image, ImageDraw

SIZE = (720, 540)
GPS_IFD = 0x8825
MAKER_TAG, MODEL_TAG = 0x010F, 0x0110
VARIANTS = 2
#: Dark and light tones of wall, ground and thing.
PALETTES = (
    ((214, 206, 190), (120, 112, 100), (178, 60, 40)),
    ((186, 200, 205), (96, 104, 110), (36, 94, 140)),
    ((222, 214, 160), (134, 120, 84), (70, 110, 60)),
    ((200, 190, 200), (104, 96, 108), (196, 140, 30)),
)
Colour = tuple[int, int, int]
Draw = Callable[[ImageDraw.ImageDraw, Random, Colour], None]
DARK: Colour = (40, 40, 44)
STEEL: Colour = (150, 154, 160)


def picture(scene: str, variant: int) -> bytes:
    """Return a JPEG of a scene; the same variant is always the same picture."""
    random = Random(f"{scene}/{variant}")  # noqa: S311  a drawing is no secret
    wall, ground, thing = random.choice(PALETTES)
    image = Image.new("RGB", SIZE, wall)
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 400, *SIZE), fill=ground)
    for _ in range(40):
        x, y = random.randrange(SIZE[0]), random.randrange(400, SIZE[1])
        pen.line((x, y, x + random.randrange(6, 40), y), fill=DARK)
    SCENES[scene](pen, random, thing)
    made = Image.Exif()
    if variant % 2 == 0:
        made[MAKER_TAG], made[MODEL_TAG] = "Demo Camera Works", "Handy 7"
        place = made.get_ifd(GPS_IFD)
        # A place in the sea: who finds it in a copy knows that scrubbing failed.
        place[1], place[2] = "N", (12.0, 34.0, 56.0)
        place[3], place[4] = "E", (65.0, 43.0, 21.0)
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80, exif=made)
    return out.getvalue()


def _door(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    left = random.randrange(220, 300)
    pen.rectangle((left, 110, left + 220, 420), fill=thing, outline=DARK, width=6)
    pen.rectangle((left + 40, 70, left + 180, 104), fill=(30, 130, 70))
    for n in range(9):
        x = left + 30 + n * 18
        pen.ellipse((x, 262 + n % 2 * 8, x + 22, 280 + n % 2 * 8), outline=STEEL, width=5)
    pen.rectangle((left + 92, 280, left + 132, 322), fill=(196, 160, 60), outline=DARK, width=3)


def _extinguisher(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    for n in range(random.randrange(2, 4)):
        x = 200 + n * 130
        pen.rounded_rectangle((x, 200, x + 80, 430), 30, fill=(186, 30, 34), outline=DARK, width=4)
        pen.rectangle((x + 26, 170, x + 54, 204), fill=DARK)
        pen.ellipse((x + 22, 220, x + 58, 256), fill=(240, 240, 240), outline=DARK, width=3)
        pen.line((x + 40, 238, x + 28, 246), fill=(200, 20, 20), width=4)


def _road(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.polygon(((120, 540), (600, 540), (430, 250), (300, 250)), fill=(84, 86, 90))
    for n in range(random.randrange(3, 6)):
        x, y = 150 + n * 95, 470 - n * 38
        pen.rounded_rectangle((x, y - 50, x + 110, y), 12, fill=thing, outline=DARK, width=3)
        pen.ellipse((x + 14, y - 12, x + 38, y + 12), fill=DARK)
        pen.ellipse((x + 72, y - 12, x + 96, y + 12), fill=DARK)


def _spark(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.rectangle((120, 300, 360, 420), fill=(206, 170, 110), outline=DARK, width=4)
    pen.line((600, 180, 430, 260), fill=DARK, width=12)
    for _ in range(60):
        dx, dy = random.randrange(-170, 60), random.randrange(-30, 180)
        pen.line((430, 260, 430 + dx, 260 + dy), fill=(255, 190 + dy % 60, 60), width=2)


def _shed(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.polygon(((100, 230), (360, 120), (620, 230)), fill=thing, outline=DARK)
    pen.rectangle((120, 230, 600, 430), fill=(206, 212, 214), outline=DARK, width=4)
    for x in range(120, 600, random.randrange(22, 34)):
        pen.line((x, 230, x, 430), fill=STEEL, width=3)
    pen.rectangle((310, 310, 410, 430), fill=DARK)


def _cable(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.rectangle((90, 140, 230, 330), fill=STEEL, outline=DARK, width=5)
    for n in range(8):
        end = random.randrange(320, 520)
        colour = thing if n % 2 else DARK
        pen.line((160, 180 + n * 16, 360 + n * 30, end, 690, 240 + n * 22), fill=colour, width=5)
    pen.rectangle((470, 400, 640, 440), fill=(236, 236, 232), outline=DARK, width=4)


def _drums(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    for row in range(2):
        for n in range(random.randrange(4, 6)):
            x, y = 90 + n * 118 + row * 40, 240 + row * 110
            pen.rectangle((x, y, x + 90, y + 130), fill=thing, outline=DARK, width=4)
            pen.ellipse((x, y - 18, x + 90, y + 18), fill=STEEL, outline=DARK, width=4)
    pen.ellipse((260, 470, 520, 520), fill=(60, 70, 50))


def _machine(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.rectangle((180, 130, 540, 430), fill=thing, outline=DARK, width=6)
    pen.rectangle((260, 210, 460, 330), fill=(230, 230, 226), outline=DARK, width=4)
    for x in (220, 500):
        pen.ellipse((x - 60, 330, x + 60, 450), outline=DARK, width=12)
    pen.line((220, 330, 500, 330), fill=DARK, width=10)
    pen.ellipse((random.randrange(470, 500), 150, 520, 186), fill=(196, 30, 30))


def _pit(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.polygon(((60, 330), (660, 330), (540, 520), (180, 520)), fill=(92, 66, 44), outline=DARK)
    for n in range(6):
        x = 120 + n * 90
        pen.line((x, 330, x + random.randrange(-20, 20), 480), fill=STEEL, width=8)
    pen.polygon(((380, 330), (520, 240), (660, 330)), fill=(140, 110, 76))


def _scaffold(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.rectangle((320, 40, 680, 430), fill=thing, outline=DARK, width=4)
    for x in range(110, 330, 50):
        pen.line((x, 60, x + random.randrange(-12, 12), 430), fill=STEEL, width=7)
    for y in range(90, 430, 80):
        pen.line((100, y, 330, y + random.randrange(-10, 10)), fill=(176, 140, 84), width=9)
    pen.line((110, 420, 310, 90), fill=STEEL, width=5)


def _crane(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    mast = random.randrange(180, 260)
    pen.rectangle((mast, 90, mast + 36, 430), outline=(196, 150, 20), width=6)
    for y in range(100, 420, 30):
        pen.line((mast, y, mast + 36, y + 30), fill=(196, 150, 20), width=4)
    pen.line((mast - 90, 96, 680, 96), fill=(196, 150, 20), width=12)
    pen.line((540, 96, 540, 260), fill=DARK, width=3)
    pen.rectangle((490, 260, 590, 310), fill=thing, outline=DARK, width=4)


def _house(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.rectangle((170, 110, 560, 430), fill=(226, 216, 200), outline=DARK, width=5)
    for n in range(6):
        x, y = 210 + n % 3 * 120, 150 + n // 3 * 120
        pen.rectangle((x, y, x + 64, y + 74), fill=thing, outline=DARK, width=4)
    x = random.randrange(280, 440)
    for y in range(110, 430, 20):
        step = random.randrange(-16, 17)
        pen.line((x, y, x + step, y + 20), fill=DARK, width=5)
        x += step


def _pipe(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    pen.line((0, 200, 420, 200, 420, 540), fill=(206, 180, 50), width=34, joint="curve")
    pen.rectangle((520, 260, 660, 430), fill=STEEL, outline=DARK, width=5)
    pen.line((420, 340, 530, 300), fill=thing, width=14)
    for n in range(random.randrange(3, 7)):
        x, y = 430 + n * 12, 210 - n * 20
        pen.arc((x, y, x + 50, y + 40), 200, 340, fill=DARK, width=3)


def _lift(pen: ImageDraw.ImageDraw, random: Random, thing: Colour) -> None:
    gap = random.randrange(20, 70)
    pen.rectangle((200, 80, 520, 430), fill=DARK)
    pen.rectangle((214, 94, 360 - gap, 430), fill=STEEL, outline=DARK, width=3)
    pen.rectangle((360 + gap, 94, 506, 430), fill=STEEL, outline=DARK, width=3)
    pen.rectangle((560, 220, 610, 300), fill=thing, outline=DARK, width=4)


SCENES: dict[str, Draw] = {
    "door": _door,
    "extinguisher": _extinguisher,
    "road": _road,
    "spark": _spark,
    "shed": _shed,
    "cable": _cable,
    "drums": _drums,
    "machine": _machine,
    "pit": _pit,
    "scaffold": _scaffold,
    "crane": _crane,
    "house": _house,
    "pipe": _pipe,
    "lift": _lift,
}
