"""Named people decide on a level; a major hazard's check is signed for twice."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"

WORDS = ("experts_text_id", "criterion_text_id", "reason_text_id")


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
    allow("events", "ck_events_eventkind", "level_decided", "check_signed")
    op.add_column("task_items", sa.Column("signed_by", sa.Uuid(), nullable=True))
    op.add_column("task_items", sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("task_items", sa.Column("signed_text_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(
        op.f("fk_task_items_signed_text_id"), "task_items", "texts", ["signed_text_id"], ["id"]
    )
    op.create_table(
        "level_decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("hazard_id", sa.Uuid(), nullable=False),
        sa.Column(
            "level",
            sa.Enum(
                "general",
                "major",
                name="level",
                native_enum=False,
                create_constraint=True,
                length=40,
            ),
            nullable=False,
        ),
        sa.Column("panel", postgresql.ARRAY(sa.Uuid()), nullable=False),
        sa.Column("experts_text_id", sa.Uuid(), nullable=True),
        sa.Column("criterion_text_id", sa.Uuid(), nullable=False),
        sa.Column("reason_text_id", sa.Uuid(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name=op.f("fk_level_decisions_case_id")),
        sa.ForeignKeyConstraint(
            ["hazard_id"], ["hazards.id"], name=op.f("fk_level_decisions_hazard_id")
        ),
        *(
            sa.ForeignKeyConstraint([name], ["texts.id"], name=op.f(f"fk_level_decisions_{name}"))
            for name in WORDS
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_level_decisions")),
    )
    op.create_index(op.f("ix_level_decisions_hazard_id"), "level_decisions", ["hazard_id"])


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
