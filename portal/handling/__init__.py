"""Staff surface: sort, route, inspect, review, answer. The rules of handling are in `portal.cases`."""
