"""Ticket sinks: how a ticket is told to another system, one small adapter each."""
