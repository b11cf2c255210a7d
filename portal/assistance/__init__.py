"""Help for units and townships: asked for or offered, given, judged. Never evidence."""
