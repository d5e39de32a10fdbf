"""What outlives the process: files of what is not told yet, and of what is known."""
