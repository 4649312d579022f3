"""The customer's rules: which comment opens a ticket, how high, until when, and who the departments are."""
