"""Plans of inspections: which units, by whom, when, drawn by lot where the plan says so."""
