"""Pages of administration, of the system, of the demo and of each person's profile."""
