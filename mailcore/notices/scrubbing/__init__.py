"""No secret leaves: what names and shapes give away is looked up, and masked wherever it is told."""

from mailcore.notices.scrubbing.harvest import Harvest
from mailcore.notices.scrubbing.scrubber import Scrubber

__all__ = ["Harvest", "Scrubber"]
