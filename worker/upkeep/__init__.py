"""What is done each minute for all enrollments: what a crash left behind is completed, and what is wrong is found."""
