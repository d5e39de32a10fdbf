"""Mailboxes on disk: the mails of an mbox and of a Maildir, one by one, and the file of one mail."""
