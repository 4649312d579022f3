"""Figures by period for people: what came in, what became of it, and how sure a share is."""
