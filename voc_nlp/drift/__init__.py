"""Drift: whether the comments of a week, or what is said of them, differ from those of the weeks before."""
