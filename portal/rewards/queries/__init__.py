"""Reading rewards of cases, and apart from them the ledger of the treasury."""
