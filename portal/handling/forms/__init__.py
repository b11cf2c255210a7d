"""Forms of staff pages: fields, choices, and the commands that they make."""
