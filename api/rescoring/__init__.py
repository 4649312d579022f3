"""Re-scoring of stored comments: which, how, what it writes, and what it changed and why."""
