"""What the outside is told: events, written to an outbox with the change they tell of.

Delivery to endpoints comes with the endpoints; nothing is lost until then.
"""
