"""What happens by the clock and not by a request."""
