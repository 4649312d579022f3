"""The service: comments in over HTTP, analyses, tickets and their clock out."""
