"""A workflow with a branch that no exploration comes to."""
