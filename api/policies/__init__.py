"""The tenants' own opening rules: read, changed, tried on past comments, applied to them."""
