"""A POST that is sent again under its `Idempotency-Key` is done once and answered the same."""
