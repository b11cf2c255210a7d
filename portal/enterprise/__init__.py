"""Surface for units: the task book behind its link."""
