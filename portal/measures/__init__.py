"""Published figures: each a typed function whose docstring is its definition."""
