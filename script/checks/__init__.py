"""What `script/test` runs, in order, each timed, all of them even after one failed."""
