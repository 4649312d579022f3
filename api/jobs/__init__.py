"""Jobs: work that is asked for, queued in parts, and worked off by workers; scoring is the first kind."""
