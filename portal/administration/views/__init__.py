"""Pages of administration, of the system and of each person's profile."""
