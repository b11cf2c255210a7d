"""Auditors' surface and the published figures: times, flows and histories, read only."""
