"""Pure: when something is due, and why."""
