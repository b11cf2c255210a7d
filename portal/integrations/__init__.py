"""The only way outside: database server, mail, object store, child processes."""
