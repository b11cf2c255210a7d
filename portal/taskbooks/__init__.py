"""Task books, their items and the reviews of them."""
