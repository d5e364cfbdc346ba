"""Workflows that break one rule each, beside twins that keep it. A comment names the check that speaks of its line."""
