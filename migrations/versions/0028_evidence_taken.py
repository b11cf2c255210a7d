"""That somebody took the evidence of a proposal of accountability out is an event of the case."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def allow(table: str, name: str, *more: str) -> None:
    """Let the column `kind` hold further values; those that were allowed stay so.

    Written out here for the reason that 0008 gives.
    """
    asked = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    said = op.get_bind().scalar(asked, {"name": name}) or ""
    kinds = [*re.findall(r"'(\w+)'::", said), *more]
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK (kind IN ({listed}))")


def upgrade() -> None:
    allow("events", "ck_events_eventkind", "evidence_taken")


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
