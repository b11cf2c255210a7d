"""Measurements by script/bench, none of them a test: ratios within one run on one server."""
