"""Tickets: when one opens, how high, until when, and what became of it.

`states`, `ticket_clock`, `sla`, `opening` and `complexity` are plain Python: no SQL, no web.
`service` reads; `intake`, `moves` and `ending` change tickets for comments and people, `timing`
by the clock, all through `taking`, which writes every change down.
"""
