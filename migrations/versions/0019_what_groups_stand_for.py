"""A group has a liaison, a remit of its own, a first day and a version; closed cases have an order.

The remit is NULL where the preset's holds.
"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.add_column("groups", sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
    op.add_column("groups", sa.Column("remit_zh", sa.Text(), nullable=True))
    op.add_column("groups", sa.Column("remit_en", sa.Text(), nullable=True))
    op.add_column("groups", sa.Column("starts_on", sa.Date(), nullable=True))
    op.add_column("groups", sa.Column("liaison_id", sa.Uuid(), nullable=True))
    op.add_column(
        "groups", sa.Column("liaison_reach", sa.Text(), nullable=False, server_default="")
    )
    op.create_foreign_key(
        op.f("fk_groups_liaison_id_accounts"), "groups", "accounts", ["liaison_id"], ["id"]
    )
    op.create_check_constraint(
        op.f("ck_groups_term_in_order"),
        "groups",
        "starts_on IS NULL OR ended_on IS NULL OR ended_on > starts_on",
    )
    op.create_index(
        "ix_cases_closed_at",
        "cases",
        ["closed_at"],
        postgresql_where=sa.text("state = 'closed'"),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
