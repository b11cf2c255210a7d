"""Pure: how dangerous, by matrix or LEC, with the arithmetic."""
