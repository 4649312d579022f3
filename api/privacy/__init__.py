"""Privacy: erasure of a customer with a certificate, and retention."""
