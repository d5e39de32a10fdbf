"""Python's own code and installed packages are not the program's."""

import json

import pytest

from mailcore.notices.exceptions.ownership import is_own


@pytest.mark.parametrize("path", [__file__, "spider.py", "<string>", "<stdin>", "/srv/shop/a.py"])
def test_other_files_are_the_programs_own(path: str) -> None:
    assert is_own(path)


@pytest.mark.parametrize(
    "path",
    [
        pytest.__file__,
        json.__file__,
        "<frozen importlib._bootstrap>",
        "/usr/lib/python3/dist-packages/apt.py",
    ],
)
def test_python_and_what_is_installed_is_not(path: str) -> None:
    assert not is_own(path)
