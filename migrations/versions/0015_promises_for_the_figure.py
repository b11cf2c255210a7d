"""What became of the dates that reporters were told, kept for the published share."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"

MOMENT = sa.DateTime(timezone=True)
WHAT = ("decision", "response", "check", "answer", "ruling", "message")
JUDGED = ("waits", "kept", "broken", "released")


def _kind(name: str, kinds: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*kinds, name=name, native_enum=False, create_constraint=True, length=40)


def upgrade() -> None:
    op.create_table(
        "ledgers",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("is_open", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["report_id"], ["reports.id"], name=op.f("fk_ledgers_report_id")),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_ledgers")),
    )
    # Filled by the job within an hour: it is worked out from the events.
    op.create_table(
        "told_promises",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("what", _kind("what", WHAT), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("judged", _kind("judged", JUDGED), nullable=False),
        sa.ForeignKeyConstraint(
            ["report_id"], ["ledgers.report_id"], name=op.f("fk_told_promises_report_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_told_promises")),
        sa.UniqueConstraint("report_id", "number", name=op.f("uq_told_promises_report_id")),
    )
    op.create_index(op.f("ix_told_promises_due_at"), "told_promises", ["due_at"])


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
