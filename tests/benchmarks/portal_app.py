"""The real app, as wsgi.py builds it."""

from wsgi import app

__all__ = ["app"]
