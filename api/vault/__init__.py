"""Secrets at rest: the operator's key, the tenants' data keys, and the originals that these seal."""
