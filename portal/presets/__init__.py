"""A city's rules as versioned data: limits, calendar, taxonomy, routing; the loader."""
