"""Deliveries that are made once: claims, tries, reminders, digests; NULLs that collide."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("clock", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("episode", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_reminders_case_id"),
        sa.PrimaryKeyConstraint("id", name="pk_reminders"),
        sa.UniqueConstraint(
            "case_id", "clock", "subject", "episode", "at", name="uq_reminders_case_id"
        ),
    )
    op.create_table(
        "digests",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_digests"),
    )
    for column in (
        sa.Column("task_book_id", sa.Uuid(), nullable=True),
        sa.Column("reminder_id", sa.Uuid(), nullable=True),
        sa.Column("digest_day", sa.Date(), nullable=True),
        sa.Column("next_try_at", MOMENT, nullable=True),
        sa.Column("claimed_at", MOMENT, nullable=True),
        sa.Column("claimed_by", sa.BigInteger(), nullable=True),
        sa.Column("unsure", sa.Integer(), server_default="0", nullable=False),
    ):
        op.add_column("deliveries", column)
    for column, table, key in (
        ("task_book_id", "task_books", "id"),
        ("reminder_id", "reminders", "id"),
        ("digest_day", "digests", "day"),
    ):
        op.create_foreign_key(f"fk_deliveries_{column}", "deliveries", table, [column], [key])
    # It never bit: of account and unit one is always NULL, and NULLs don't collide.
    op.drop_constraint("uq_deliveries_notice_id", "deliveries")
    for cause in ("notice_id", "reminder_id", "digest_day"):
        for receiver in ("account_id", "unit_id"):
            op.create_index(
                f"uq_deliveries_{cause}_{receiver}", "deliveries", [cause, receiver], unique=True
            )
    op.create_index(
        "ix_deliveries_waiting",
        "deliveries",
        ["next_try_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index("ix_deliveries_account_id", "deliveries", ["account_id"])
    allow("notices", "noticestate", "waiting", "spread", "cancelled", "nobody")
    allow("deliveries", "deliverystate", "waiting", "sent", "failed", "cancelled")


def allow(table: str, name: str, *states: str) -> None:
    """Let the column `state` hold these values."""
    op.drop_constraint(f"ck_{table}_{name}", table)
    op.create_check_constraint(
        name, table, sa.column("state").in_([sa.literal_column(f"'{state}'") for state in states])
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
