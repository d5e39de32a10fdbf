"""From what is counted to mails that went out: routes, a worker, and the end of the process."""
