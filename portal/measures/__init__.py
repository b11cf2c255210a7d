"""Published figures: typed functions whose docstring is the definition."""
