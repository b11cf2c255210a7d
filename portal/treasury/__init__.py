"""Surface for the treasury: pays rewards by the code of a voucher, and keeps the ledger."""
