"""The staff: teams of the departments, their members, and when these are away."""
