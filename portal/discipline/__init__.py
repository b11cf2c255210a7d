"""The ladder of disciplinary steps; a case is known here by its id alone."""
