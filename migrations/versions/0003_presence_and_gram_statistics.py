"""Who has a case open just now; statistics fine enough to tell rare grams from common ones."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "presence",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_presence_account_id"),
        sa.ForeignKeyConstraint(["case_id"], ["cases.id"], name="fk_presence_case_id"),
        sa.PrimaryKeyConstraint("case_id", "account_id", name="pk_presence"),
    )
    op.create_index("ix_presence_seen_at", "presence", ["seen_at"])
    # Likely duplicates are looked up by rare grams: the most common 3,000 are known by frequency.
    op.execute("ALTER TABLE case_search ALTER COLUMN grams SET STATISTICS 300")


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
