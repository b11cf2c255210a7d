"""A unit's objection can be about one task of its book; a task is made whole afterwards."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"


def allow(table: str, column: str, name: str, *more: str) -> None:
    """Let the column hold further values; those that were allowed stay so.

    Written out here for the reason that 0008 gives.
    """
    asked = sa.text("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = :name")
    said = op.get_bind().scalar(asked, {"name": name}) or ""
    listed = ", ".join(f"'{kind}'" for kind in [*re.findall(r"'(\w+)'::", said), *more])
    op.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} CHECK ({column} IN ({listed}))")


def upgrade() -> None:
    allow("events", "kind", "ck_events_eventkind", "task_supplemented")
    op.add_column("objections", sa.Column("item_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_objections_item_id"), "objections", "task_items", ["item_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_objections_task_of_a_book"),
        "objections",
        "item_id IS NULL OR task_book_id IS NOT NULL",
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
