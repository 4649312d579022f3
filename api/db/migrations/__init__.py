"""Alembic's folder: the environment, the template and the versions."""
