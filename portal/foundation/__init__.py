"""Things with no idea of hazards: database, transaction, clock, errors, queue, secrets."""
