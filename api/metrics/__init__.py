"""What Prometheus reads: how enrollments, mails and events stand, and how fast the API answers."""
