"""The road of a case: the one table of moves and the one function that carries them out."""
