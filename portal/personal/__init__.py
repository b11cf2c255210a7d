"""What in a text may say who somebody is: names, numbers, and hints at the one who writes."""
