"""How the documentation is built: `sphinx-build -n -W --keep-going -b html docs docs/_build`."""

import inspect
import re
import sys
from pathlib import Path
from typing import Any

from pydantic import BaseModel
from sphinx.application import Sphinx
from sphinx.util.inspect import stringify_signature

sys.path.insert(0, str(Path(__file__).parent.parent))

import mailcore
from mailcore.message.value import Value

project = "mailcore"
author = "the mailcore authors"
release = version = mailcore.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = f"mailcore {release}"
html_show_copyright = False

autodoc_default_options = {"members": True, "member-order": "bysource"}
autodoc_preserve_defaults = True
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 88

# Names of other projects are not linked, so that the build needs no network; ours have to be found.
nitpick_ignore_regex = [
    (r"py:class", r"mailcore\.domains\.run\.Run"),  # what a stream of reports is made of
    (r"py:.*", r"(?!mailcore\.).*"),
    (r"py:(class|obj)", r"mailcore\..*\.[A-Z](_co)?"),  # type variables
]


def show_own_signature(
    _app: Sphinx, _what: str, _name: str, thing: object, *_: Any
) -> tuple[str, str] | None:
    """Give a model's own __init__, or nothing, in the place of what pydantic derives from its fields.

    A protocol has no constructor.
    """
    if getattr(thing, "_is_protocol", False):
        return "", ""
    if not (isinstance(thing, type) and issubclass(thing, BaseModel)):
        return None
    if "__init__" not in vars(thing):
        is_typed = issubclass(thing, Value)  # its constructor is declared for type checkers alone
        return (f"(**fields: Unpack[{thing.__name__}Fields])" if is_typed else ""), ""
    signature = inspect.signature(thing.__init__)
    parameters = list(signature.parameters.values())[1:]
    own = signature.replace(parameters=parameters, return_annotation=inspect.Signature.empty)
    return stringify_signature(own, unqualified_typehints=True), ""


def read_as_markdown(
    _app: Sphinx, _what: str, _name: str, _thing: object, _: Any, lines: list[str]
) -> None:
    """Give docstrings as reStructuredText.

    In ours `code` may go on in a word, as in `Group`s, and what is indented by four is code too.
    """
    pieces = "\n".join(lines).split("`")
    pieces[::2] = [prose.replace("\\", r"\\") for prose in pieces[::2]]
    pieces[1::2] = [rf"``{code}``\ " for code in pieces[1::2]]
    text = re.sub(r"\n\n(?=    \S)", "\n\n::\n\n", "".join(pieces))
    lines[:] = text.split("\n")


def setup(app: Sphinx) -> None:
    app.connect("autodoc-process-signature", show_own_signature)
    app.connect("autodoc-process-docstring", read_as_markdown)
