"""Exceptions, told by mail: equal ones are counted, so that thousands of them are a handful of mails."""

from mailcore.notices.hearing.installing import install, uninstall
from mailcore.notices.hearing.runs import Run
from mailcore.notices.notifier import Notifier
from mailcore.notices.policy import Policy, QuietHours, Route
from mailcore.notices.scrubbing import Scrubber

__all__ = ["Notifier", "Policy", "QuietHours", "Route", "Run", "Scrubber", "install", "uninstall"]
