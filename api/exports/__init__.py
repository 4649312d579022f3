"""Exports: stored comments and tickets as CSV, JSON lines or Parquet, streamed."""
