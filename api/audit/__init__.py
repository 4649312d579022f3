"""Who did what, when and why: an append-only chain of entries a tenant, which a command verifies."""
