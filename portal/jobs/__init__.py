"""Background entry points; each calls one service."""
