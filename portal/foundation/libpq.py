"""A database's address in the words of PostgreSQL's own library."""

from psycopg.conninfo import make_conninfo
from sqlalchemy import URL


def libpq_address(url: URL) -> str:
    """Return `url` for psycopg and PostgreSQL's programs.

    Not SQLAlchemy's own rendering: that writes a space in the socket's folder as "+", which only
    SQLAlchemy reads back as a space.
    """
    parts = url.translate_connect_args(username="user", database="dbname")
    query = {
        name: value if isinstance(value, str) else ",".join(value)
        for name, value in url.query.items()
    }
    return make_conninfo("", **parts, **query)
