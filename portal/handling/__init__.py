"""Staff surface: sort, route, inspect, review, answer; the rules are in `portal.cases`."""
