"""Themes of a tenant: its model, revision by revision, and which stored comment belongs to which."""
