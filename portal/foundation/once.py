"""Answers kept for the rest of a unit of work, until it writes or waits for a lock."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

T = TypeVar("T")
KEPT = "kept_answers"


def once(session: Session, key: Hashable, ask: Callable[[], T]) -> T:
    """Return what `ask` gives, asked once between two changes; callers must not change it.

    A page about one case wants its events and the groups several times over. Whatever the session
    writes, and every row lock, which may have waited for somebody else, lets it ask anew.
    """
    kept: dict[Hashable, Any] = session.info.setdefault(KEPT, {})
    if key not in kept:
        kept[key] = ask()
    answer: T = kept[key]
    return answer


def forget(session: Session) -> None:
    """Ask anew from here on."""
    session.info.pop(KEPT, None)


@event.listens_for(Session, "do_orm_execute")
def forget_before_change(state: ORMExecuteState) -> None:
    statement: Any = state.statement
    reads = state.is_select or str(getattr(statement, "text", "")).startswith("SELECT")
    if not reads or getattr(statement, "_for_update_arg", None) is not None:
        forget(state.session)


@event.listens_for(Session, "after_flush")
def forget_after_flush(session: Session, context: UOWTransaction) -> None:
    forget(session)


@event.listens_for(Session, "after_transaction_end")
def forget_in_the_end(session: Session, transaction: SessionTransaction) -> None:
    # A flush has a transaction of its own within; its end says nothing.
    if transaction.parent is None or transaction.nested:
        forget(session)
