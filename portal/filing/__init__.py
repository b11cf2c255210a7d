"""Public surface: file a report, follow it with the receipt code."""
