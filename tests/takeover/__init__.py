"""A data folder that an earlier release left, with people waiting, is taken over by the code of today."""
