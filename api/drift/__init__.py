"""Drift by week over the stored comments: profiles, findings, figures."""
