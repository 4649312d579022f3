"""The departments that comments and tickets go to."""
