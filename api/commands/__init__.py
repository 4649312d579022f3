"""The commands of ``python -m api``: one file a subject, each adds its own to the command line."""
