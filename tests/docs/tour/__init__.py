"""A package with one workflow that takes every step."""
