import subprocess
import sys
from importlib import import_module

import pytest

import mailcore.message


@pytest.mark.parametrize("name", mailcore.message.__all__)
def test_every_public_name_can_be_imported(name: str) -> None:
    assert getattr(mailcore.message, name) is not None
    assert name in dir(mailcore.message)


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="nothing"):
        getattr(import_module("mailcore.message"), "nothing")  # noqa: B009 - that is the test


def test_reading_loads_no_pydantic() -> None:
    code = "import sys; from mailcore.message import parse; parse(b''); print('pydantic' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
