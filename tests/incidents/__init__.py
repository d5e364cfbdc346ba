"""Incidents that are prepared, named by `cadencia problems`, and ended as `docs/runbook.md` says."""
