"""Open cases by who handles them: a lead's page asks whose handler has left."""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"


def upgrade() -> None:
    op.create_index(
        "ix_cases_handler_open",
        "cases",
        ["handler_id"],
        postgresql_where=sa.text("state <> 'closed'"),
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
