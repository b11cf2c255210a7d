"""Being answered: a third question, whether reporting brought harm, and cases hidden from some."""

import re

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
KINDS = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'ck_events_eventkind'
"""


def allow_events(*more: str) -> None:
    """Let events be of further kinds; those that were allowed stay so.

    Written out in each migration that needs it: one that shared it with the code would do
    tomorrow what the code then says, and no longer what it did.
    """
    said = op.get_bind().scalar(sa.text(KINDS)) or ""
    kinds = [*re.findall(r"'(\w+)'::", said), *more]
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    op.execute("ALTER TABLE events DROP CONSTRAINT ck_events_eventkind")
    op.execute(f"ALTER TABLE events ADD CONSTRAINT ck_events_eventkind CHECK (kind IN ({listed}))")


def upgrade() -> None:
    allow_events("safety_told")
    op.add_column("reports", sa.Column("contacted", sa.String(40)))
    op.create_check_constraint(
        op.f("ck_reports_contacted"), "reports", "contacted IN ('yes', 'no')"
    )
    hidden = sa.Column(
        "hidden_from", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}"
    )
    op.add_column("cases", hidden)
    op.create_table(
        "safety_answers",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("asked_after", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("harmed", sa.Boolean(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matter_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_safety_answers_report_id")
        ),
        sa.ForeignKeyConstraint(
            ["matter_id"], ["reports.id"], name=op.f("fk_safety_answers_matter_id")
        ),
        sa.PrimaryKeyConstraint("report_id", "asked_after", name=op.f("pk_safety_answers")),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
