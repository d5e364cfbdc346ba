"""`demo`: sample contacts go through a workflow in a minute, and all of it is checked."""
