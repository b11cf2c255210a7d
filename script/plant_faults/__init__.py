"""Small faults planted in a copy of the product, to see that tests notice them."""
