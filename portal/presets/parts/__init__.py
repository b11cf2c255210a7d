"""How each part of a preset is read from an entry and written to plain data."""
