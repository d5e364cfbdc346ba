"""What a sleeping run costs a worker in memory."""
