"""A report keeps as which published cases its reporter took it; those are found by an index."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.add_column(
        "reports",
        sa.Column("said_same_as", postgresql.ARRAY(sa.Uuid()), nullable=False, server_default="{}"),
    )
    op.create_index(
        "ix_cases_put_right",
        "cases",
        ["township", "category", "closed_at"],
        postgresql_where=sa.text("resolution = 'rectified'"),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
