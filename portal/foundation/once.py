"""Answers kept for the rest of a unit of work, until a table that they are from is touched."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.orm import ORMExecuteState, Session, SessionTransaction, UOWTransaction

from portal.foundation.db import Base

T = TypeVar("T")
KEPT = "kept_answers"


def once(session: Session, key: Hashable, ask: Callable[[], T], *, of: Iterable[type[Base]]) -> T:
    """Return what `ask` gives, asked once between two changes; callers must not change it.

    A page about one case wants its events and the groups several times over. `of` names the
    tables: what the session writes to one of them lets it ask anew, and so does a row lock on one,
    which may have waited for somebody else's change.
    """
    kept = session.info.get(KEPT)
    if kept is None or key not in kept:
        keep(session, key, ask(), of=of)
    answer: T = session.info[KEPT][key][1]
    return answer


def known(session: Session, key: Hashable) -> Any:
    """Return the answer that is kept under `key`; None for none."""
    kept: dict[Hashable, tuple[frozenset[str], Any]] = session.info.get(KEPT, {})
    return kept[key][1] if key in kept else None


def keep(session: Session, key: Hashable, answer: Any, *, of: Iterable[type[Base]]) -> None:
    """Keep an answer as `once` does, for whoever knows it without asking."""
    kept = session.info.setdefault(KEPT, {})
    kept[key] = frozenset(model.__tablename__ for model in of), answer


def forget(session: Session, tables: Iterable[str] | None = None) -> None:
    """Ask anew from here on, about these tables or about all."""
    kept = session.info.get(KEPT)
    if not kept:
        return
    if tables is None:
        kept.clear()
        return
    touched = set(tables)
    for key in [key for key, (of, _answer) in kept.items() if of & touched]:
        del kept[key]


@event.listens_for(Session, "do_orm_execute")
def forget_what_changes(state: ORMExecuteState) -> None:
    if not state.session.info.get(KEPT):
        return
    statement: Any = state.statement
    if state.is_insert or state.is_update or state.is_delete:
        forget(state.session, [statement.table.name])
    elif state.is_select:
        if getattr(statement, "_for_update_arg", None) is not None:
            # Asking for the final ones compiles the statement: only where there is a join to find.
            joined = bool(statement._setup_joins)
            froms = statement.get_final_froms() if joined else statement.columns_clause_froms
            forget(state.session, [getattr(one, "name", "") for one in froms])
    elif not str(getattr(statement, "text", "")).startswith("SELECT"):
        forget(state.session)


@event.listens_for(Session, "after_flush")
def forget_what_was_flushed(session: Session, context: UOWTransaction) -> None:
    changed = [*session.new, *session.dirty, *session.deleted]
    forget(session, [type(row).__table__.name for row in changed])


@event.listens_for(Session, "after_transaction_end")
def forget_in_the_end(session: Session, transaction: SessionTransaction) -> None:
    # A flush has a transaction of its own within; its end says nothing.
    if transaction.parent is None or transaction.nested:
        forget(session)
