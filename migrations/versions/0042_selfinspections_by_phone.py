"""Entries of phones are also those of a unit's own checks, which belong to no case."""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"


def upgrade() -> None:
    table = "synced_entries"
    op.alter_column(table, "case_id", existing_type=sa.Uuid(), nullable=True)
    op.add_column(table, sa.Column("unit_id", sa.Uuid(), nullable=True))
    op.create_foreign_key(op.f(f"fk_{table}_unit_id"), table, "units", ["unit_id"], ["id"])
    op.create_check_constraint(
        op.f(f"ck_{table}_of_case_or_unit"), table, "(case_id IS NULL) <> (unit_id IS NULL)"
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
