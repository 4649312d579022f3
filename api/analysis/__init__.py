"""Analysis beside the event loop: a bounded line of comments, and worker processes that work it off."""
