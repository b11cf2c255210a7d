"""What units find themselves: duties, checks, own hazards with their tasks, declarations."""
