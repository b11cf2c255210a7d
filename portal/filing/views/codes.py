"""The picture on a receipt."""

from functools import lru_cache

import segno
from markupsafe import Markup


@lru_cache(maxsize=64)
def picture(address: str) -> Markup:
    """Return the QR code of the follow-up page.

    It does not hold the receipt code: a photographed screen must not be a key.
    """
    return Markup(segno.make(address).svg_inline(border=2, omitsize=True))  # noqa: S704  our own
