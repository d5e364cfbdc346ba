"""History events: paths written with the toolkit beside the same paths written by hand."""
