"""The ledger's totals by year and state, kept by the database with every change of a voucher."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"

# As its owner: the app may read the totals, and change them by no other way than a voucher.
COUNT = """
CREATE FUNCTION count_voucher() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = public, pg_temp AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE voucher_totals SET count = count - 1, amount = voucher_totals.amount - OLD.amount
      WHERE year = OLD.place / 1000000 AND state = OLD.state;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    INSERT INTO voucher_totals VALUES (NEW.place / 1000000, NEW.state, 1, NEW.amount)
      ON CONFLICT (year, state) DO UPDATE
      SET count = voucher_totals.count + 1, amount = voucher_totals.amount + NEW.amount;
  END IF;
  RETURN NULL;
END $$
"""
COUNTED = """
CREATE TRIGGER vouchers_counted AFTER INSERT OR DELETE OR UPDATE OF state, amount, place
ON vouchers FOR EACH ROW EXECUTE FUNCTION count_voucher()
"""
SO_FAR = """
INSERT INTO voucher_totals
SELECT place / 1000000, state, count(*), sum(amount) FROM vouchers GROUP BY 1, 2
"""
ONLY_READ = """
DO $$ BEGIN
  IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'portal_app') AND current_user <> 'portal_app'
  THEN
    REVOKE INSERT, UPDATE, DELETE ON voucher_totals FROM portal_app;
  END IF;
END $$
"""


def upgrade() -> None:
    state = sa.Enum(
        *("offered", "claimed", "paid", "lapsed"),
        name="voucherstate",
        native_enum=False,
        create_constraint=True,
        length=40,
    )
    op.create_table(
        "voucher_totals",
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", state, nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("year", "state", name=op.f("pk_voucher_totals")),
    )
    # Nothing changes between counting what is there and counting on.
    op.execute("LOCK TABLE vouchers IN SHARE ROW EXCLUSIVE MODE")
    for statement in (SO_FAR, COUNT, COUNTED, ONLY_READ):
        op.execute(statement)


def downgrade() -> None:
    raise NotImplementedError("Forward only: the way back is the backup.")
