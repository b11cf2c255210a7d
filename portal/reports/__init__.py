"""What reporters sent: reports, receipts, drafts and the thread."""
