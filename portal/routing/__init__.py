"""Pure: which group a case goes to, and why."""
