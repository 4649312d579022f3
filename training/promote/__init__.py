"""Put a model in service, and take it back: floors, a record that cannot be changed unseen, one rename."""
