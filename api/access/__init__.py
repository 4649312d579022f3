"""Access: a tenant lists, makes, rotates and revokes its own API keys."""
