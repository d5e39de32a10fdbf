"""What a notice looks like: a batch of issues becomes a mail that reads well, on a phone too.

What to tell is put in order once (`story`), and then written as text (`plain`) and as HTML (`markup`).
"""

from mailcore.notices.rendering.renderer import Renderer

__all__ = ["Renderer"]
