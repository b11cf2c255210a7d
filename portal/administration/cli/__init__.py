"""Commands of `flask --app wsgi`: one group a module."""
