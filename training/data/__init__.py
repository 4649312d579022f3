"""Readers of the labelled sets: our corpus and the public data, all turned into one shape."""
