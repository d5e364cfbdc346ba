"""The pytest plugin of the test kit: `pytest_plugins = ["workflows.kit.testing.plugin"]` in a file of tests."""

from worker.testing.plugin import pytest_collection_modifyitems, pytest_unconfigure

__all__ = ["pytest_collection_modifyitems", "pytest_unconfigure"]
