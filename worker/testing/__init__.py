"""The whole back end for tests of workflows: real activities and SQLite on a Temporal server that skips time.

`workflows.kit.testing` is what authors import. Nothing that runs in production imports this package.
"""
