"""What every page needs: request cycle, actor, access rules, headers, languages, filters."""
