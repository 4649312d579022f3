"""Whole files and theme models: fit to a file, assign it, count over it."""
