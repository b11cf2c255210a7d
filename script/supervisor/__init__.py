"""What `script/server` runs: it starts the portal's parts, watches them and stops them."""
