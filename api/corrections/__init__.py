"""Corrections: labels that people give to comments, how far they agree, and exports to learn from."""
