"""Staff send a reporter files along with a message."""

from alembic import op

revision = "0014"
down_revision = "0013"

PURPOSES = ("report", "message", "sent", "inspection", "item", "review")


def upgrade() -> None:
    # Written out, as in the migrations before it: a helper that code shares would let a change of
    # the code change what an old migration does.
    allowed = ", ".join(f"'{purpose}'" for purpose in PURPOSES)
    op.drop_constraint(op.f("ck_attachments_purpose"), "attachments", type_="check")
    op.create_check_constraint(
        op.f("ck_attachments_purpose"), "attachments", f"purpose IN ({allowed})"
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
