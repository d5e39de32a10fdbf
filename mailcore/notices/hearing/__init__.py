"""What a notifier hears of: what it is told, what is hooked, and jobs and commands that are watched."""
