"""What other systems send in: signed messages whose payloads become comments by a stored mapping."""
