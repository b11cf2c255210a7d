"""Envelopes that only two custodians together can open."""
