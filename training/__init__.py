"""Offline training: labelled files in, model folders out; never imported by the library or the service."""
