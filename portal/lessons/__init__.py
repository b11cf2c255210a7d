"""What was learnt: drafted from closed cases, published, coming back where it is needed."""
