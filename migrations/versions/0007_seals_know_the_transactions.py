"""A seal says which transactions had ended when it was made: what is put in later shows."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    # Nothing was sealed before this: a default serves empty tables only, and goes again.
    for name in ("below_tx", "next_tx"):
        op.add_column("seals", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
        op.alter_column("seals", name, server_default=None)


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
