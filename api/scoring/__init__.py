"""Scoring: comments are analysed and nothing is stored."""
