"""Visits, what was found, and the level and risk of each hazard."""
