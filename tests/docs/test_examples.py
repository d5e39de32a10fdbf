"""Every `python` block of the README and of docs/ runs: a page is one program, from top to bottom.

An `output` block is what has been printed above it. Examples talk to the sandbox or to nobody, and
write files only into a folder of the test's.
"""

import re
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser, PythonCodeBlockParser

PROJECT = Path(__file__).parents[2]
PAGES = [*sorted(PROJECT.glob("*.md")), *sorted((PROJECT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(PROJECT)))
def test_the_examples_of_a_page_run(
    page: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def check_output(example: Example) -> None:
        assert capsys.readouterr().out == example.parsed

    monkeypatch.chdir(tmp_path)
    reader = Sybil([PythonCodeBlockParser(), CodeBlockParser("output", check_output)])
    examples = list(reader.parse(page).examples())
    for example in examples:
        example.evaluate()
    blocks = re.findall(r"(?m)^```(?:python|output)$", page.read_text(encoding="utf-8"))
    assert len(examples) == len(blocks)
