"""Comments: received, analysed, masked and stored, with the ticket they open."""
