"""Enterprises and sites, and who has a tie to them."""
