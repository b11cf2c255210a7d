"""The real app, as wsgi.py builds it; one client that sends more than a crowd is asked nothing.

How fast reports come is looked up all the same.
"""

from portal.filing.views import flood
from wsgi import app

__all__ = ["app"]

looked_up = flood.level


def level(*given: object, **more: object) -> flood.Level:
    looked_up(*given, **more)  # type: ignore[arg-type]
    return flood.Level.CALM


flood.level = level
