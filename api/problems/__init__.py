"""What is wrong now, by cause, with the command that helps; read from the database and from Temporal."""
