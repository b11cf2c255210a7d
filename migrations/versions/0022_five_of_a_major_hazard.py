"""A task of a major hazard holds funds, contingency plan and interim protection."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"

WORDS = ("funds", "contingency", "interim", "interim_by", "interim_said")


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
    allow("events", "ck_events_eventkind", "interim_reported")
    op.add_column("task_items", sa.Column("interim_at", sa.DateTime(timezone=True), nullable=True))
    for name in WORDS:
        column = f"{name}_text_id"
        op.add_column("task_items", sa.Column(column, sa.Uuid(), nullable=True))
        op.create_foreign_key(
            op.f(f"fk_task_items_{column}"), "task_items", "texts", [column], ["id"]
        )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
