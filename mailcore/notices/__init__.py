"""Exceptions, told by mail: equal ones are counted, so that thousands of them are a handful of mails."""

from mailcore.notices.notifier import Notifier
from mailcore.notices.policy import Policy

__all__ = ["Notifier", "Policy"]
