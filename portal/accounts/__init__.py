"""People, accounts, groups and memberships."""
