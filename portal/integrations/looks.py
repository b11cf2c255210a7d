"""Whether two pictures look the same, however they were saved, made smaller or brightened."""

import io
from functools import lru_cache

WIDTH = HEIGHT = 8
#: Of 64 steps between neighbours so many may differ: a picture saved anew, not one taken anew.
ALIKE_UP_TO = 3


@lru_cache(maxsize=4096)
def look_of(thumbnail: bytes) -> int:
    """Return the 64 steps from each point to its right neighbour: brighter or not (dHash).

    Only for pictures that our own scrubber has made: nothing that somebody sent is decoded here.
    """
    from PIL import Image  # nine megabytes that only a process needs in which somebody reviews

    with Image.open(io.BytesIO(thumbnail), formats=["JPEG"]) as opened:
        small = opened.convert("L").resize((WIDTH + 1, HEIGHT), Image.Resampling.HAMMING)
    points = small.tobytes()
    look = 0
    for row in range(HEIGHT):
        for column in range(WIDTH):
            here = row * (WIDTH + 1) + column
            look = look << 1 | (points[here] < points[here + 1])
    return look


def are_alike(one: int, other: int) -> bool:
    """Say whether two looks are of the same picture, as far as can be told."""
    return (one ^ other).bit_count() <= ALIKE_UP_TO
