"""What a unit's fields must be, how they are searched, and how a file of units is read."""
