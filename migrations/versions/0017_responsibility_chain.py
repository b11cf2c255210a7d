"""Who answers for a unit: named posts with days, only ever added."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"

LINKS = ("main_responsible_person", "safety_officer", "authority", "grid", "township", "district")


def upgrade() -> None:
    op.create_table(
        "chain_posts",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column(
            "link",
            sa.Enum(*LINKS, name="link", native_enum=False, create_constraint=True, length=40),
            nullable=False,
        ),
        sa.Column("post", sa.Text(), nullable=False),
        sa.Column("phone", sa.Text(), server_default="", nullable=False),
        sa.Column("email", sa.Text(), server_default="", nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("recorded_by", sa.Uuid(), nullable=True),
        sa.CheckConstraint(
            "until_on IS NULL OR until_on > from_on", name=op.f("ck_chain_posts_ends_after_start")
        ),
        sa.CheckConstraint(
            "post = '' OR phone <> '' OR email <> ''",
            name=op.f("ck_chain_posts_post_can_be_reached"),
        ),
        sa.ForeignKeyConstraint(
            ["recorded_by"], ["accounts.id"], name=op.f("fk_chain_posts_recorded_by")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_chain_posts_unit_id")),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_chain_posts")),
    )
    op.create_index("ix_chain_posts_unit_id", "chain_posts", ["unit_id", "link", "from_on", "seq"])
    # Who was in the chain at the time stays as it was written.
    op.execute(
        "CREATE TRIGGER chain_posts_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON chain_posts"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
