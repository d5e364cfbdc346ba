"""`workflows new`: the files that a workflow begins with."""
