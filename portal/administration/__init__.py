"""Set-up surface: people, groups, rules in force, the state of the system; the command line."""
