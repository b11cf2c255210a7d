"""More time that a unit or a member asks for, and what a lead decided."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

WORDS = ("who_text_id", "reason_text_id", "plan_text_id", "ruling_text_id")


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
    allow("events", "ck_events_eventkind", "extension_asked", "extension_decided")
    op.create_table(
        "extensions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("item_id", sa.Uuid(), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("who_text_id", sa.Uuid(), nullable=True),
        sa.Column("reason_text_id", sa.Uuid(), nullable=False),
        sa.Column("plan_text_id", sa.Uuid(), nullable=False),
        sa.Column("wanted_on", sa.Date(), nullable=True),
        sa.Column("wanted_days", sa.Integer(), nullable=True),
        sa.Column("granted", sa.Boolean(), nullable=True),
        sa.Column("granted_on", sa.Date(), nullable=True),
        sa.Column("granted_days", sa.Integer(), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ruling_text_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "(item_id IS NULL) = (wanted_on IS NULL)", name=op.f("ck_extensions_day_for_a_task")
        ),
        sa.CheckConstraint(
            "(item_id IS NULL) <> (wanted_days IS NULL)",
            name=op.f("ck_extensions_days_for_the_case"),
        ),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_extensions_case_id")),
        sa.ForeignKeyConstraint(["item_id"], ["task_items.id"], name=op.f("fk_extensions_item_id")),
        *(
            sa.ForeignKeyConstraint([name], ["texts.id"], name=op.f(f"fk_extensions_{name}"))
            for name in WORDS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extensions")),
    )
    op.create_index(op.f("ix_extensions_case_id"), "extensions", ["case_id"])


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
