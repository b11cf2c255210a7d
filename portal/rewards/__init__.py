"""Rewards for reporters, and the vouchers by which they are paid; a case is known by its id."""
