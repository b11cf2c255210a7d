"""The newest published lessons, kept for the busiest page."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from portal.lessons.queries import Public, public_lessons
from portal.measures.headline import KEPT
from portal.presets.queries import in_force


class NewestLessons:
    """As many of the newest lessons as the preset says, read anew when they are old.

    One for each process. Without the database the last ones stay, or there are none: the page
    with the emergency numbers on it must come in any case.
    """

    def __init__(self) -> None:
        self._kept: Sequence[Public] = ()
        self._until: datetime | None = None

    def at(self, session: Session, moment: datetime) -> Sequence[Public]:
        """Return the newest lessons."""
        if self._until is None or not self._until - KEPT <= moment < self._until:
            self._until = moment + KEPT  # first: who comes meanwhile sees the last ones
            try:
                shown = in_force(session, moment).city.settings.lessons_home
                self._kept = public_lessons(session, limit=shown)
            except SQLAlchemyError:
                session.rollback()
        return self._kept
