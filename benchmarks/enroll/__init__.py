"""Enrollments a second: the HTTP API beside bare starts."""
