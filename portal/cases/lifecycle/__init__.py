"""Every move that a case can make. Pure: no database, no clock, no request."""
