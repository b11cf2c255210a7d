"""Units' surface: the task book by link."""
