"""What the outside is told: events, written to an outbox with the change they tell of, and their delivery."""
