"""Pictures released to reporters, and addresses at which they hear of something new."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
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
    allow_events("files_released")
    op.create_table(
        "reporter_addresses",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=True),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("has_news", sa.Boolean(), nullable=False),
        sa.Column("is_last", sa.Boolean(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "(state = 'kept') = (body IS NOT NULL)",
            name=op.f("ck_reporter_addresses_kept_has_body"),
        ),
        sa.CheckConstraint(
            "state IN ('kept', 'stopped', 'closed', 'unreached')",
            name=op.f("ck_reporter_addresses_addressstate"),
        ),
        sa.ForeignKeyConstraint(
            ["report_id"], ["reports.id"], name=op.f("fk_reporter_addresses_report_id")
        ),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_reporter_addresses")),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
