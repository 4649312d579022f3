"""Tickets: when one opens, how high, until when, and what became of it.

`states`, `sla`, `policy`, `taxonomy` and `opening` are plain Python: no SQL, no web.
"""
