"""The only module that commits.

A request, a job and a command line call each are one unit of work. Services are called inside
one and never end it.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from portal.foundation.errors import OutOfTurn

#: PostgreSQL's codes for two transactions in each other's way: deadlock, serialization, lock.
CLASHES = frozenset({"40P01", "40001", "55P03"})


@contextmanager
def unit_of_work(session: Session) -> Iterator[Session]:
    """Commit when the block ends well, roll back when it raises."""
    try:
        yield session
        finish(session, keep=True)
    except DBAPIError as error:
        finish(session, keep=False)
        if is_clash(error):
            raise OutOfTurn("clash") from error
        raise
    except BaseException:
        finish(session, keep=False)
        raise


def is_clash(error: DBAPIError) -> bool:
    """Say whether two transactions stood in each other's way: trying again may do."""
    return getattr(error.orig, "sqlstate", None) in CLASHES


@contextmanager
def kept_apart(session: Session) -> Iterator[Session]:
    """A unit of work of its own, for what must survive the refusal of the request around it.

    For a reporter's draft, files that staff chose for one, a wrong code or answer, a sign-in
    counter, a try to turn help against whom it helped, and the session written when the request's
    own unit of work is over: nothing else (a test lists the callers). Uses a second connection of
    the same engine.
    """
    with Session(session.get_bind()) as own, unit_of_work(own):
        yield own


@contextmanager
def part_of(session: Session) -> Iterator[None]:
    """A part of the unit of work at hand: it alone is undone when it raises."""
    with session.begin_nested():
        yield


def finish(session: Session, *, keep: bool) -> None:
    """End the unit of work: commit if `keep`, else roll back."""
    if keep:
        session.commit()
    else:
        session.rollback()


def forbid_writes(connection: Connection) -> None:
    """Let PostgreSQL refuse every write until this unit of work ends."""
    connection.execute(text("SET TRANSACTION READ ONLY"))
