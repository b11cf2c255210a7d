"""Files: checked, scrubbed, stored, handed out."""
