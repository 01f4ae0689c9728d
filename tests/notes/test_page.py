"""The page holds everything itself and marks what is not proved."""

from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from derivations.errors import UnusableInput
from derivations.notes.page import need_converter, page
from derivations.verdicts import Verdict
from tests.notes.samples import PROVED, STEPS, UNREACHED, broken, claim, replace_verdict

VOID = {"meta", "br"}


class Nesting(HTMLParser):
    """Raises when a tag is closed that was not the last one opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: object) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        last = self.open.pop()
        if last != tag:
            raise ValueError(f"</{tag}> closes <{last}>")


def test_the_page_is_well_formed_and_needs_nothing_else() -> None:
    text = page([(PROVED, []), (broken(), UNREACHED)], [claim(), claim(Verdict.OPEN)])
    parser = Nesting()
    parser.feed(text)
    assert parser.open == []
    for word in ("<script", "<img", "<link", "src=", "@import"):
        assert word not in text
    formulas = text.count("<math ")
    assert formulas > 20
    for part in text.split("<math ")[1:]:
        ElementTree.fromstring("<math " + part[: part.index("</math>")] + "</math>")


def test_a_proved_chain_is_a_theorem() -> None:
    text = page([(PROVED, [])], [])
    assert text.count("<strong>Theorem</strong>") == 1
    assert text.count('<span class="PROVED">') == 1 + len(STEPS)
    assert "NOT PROVED" not in text
    assert "taken on trust: softmax stability" in text
    assert "50 % &amp; <math" in text


@pytest.mark.parametrize("verdict", [Verdict.REFUTED, Verdict.ILL_DEFINED, Verdict.OPEN])
def test_a_broken_chain_is_no_theorem(verdict: Verdict) -> None:
    text = page([(broken(verdict), UNREACHED)], [])
    assert "<strong>Theorem</strong>" not in text
    assert f"step 3 is {verdict.value}" in text
    assert "NOT CHECKED" in text
    assert "NOT ESTABLISHED" in text
    assert "<strong>Theorem</strong>" not in page([(replace_verdict(PROVED, 1, verdict), [])], [])


def test_user_text_is_escaped() -> None:
    report = replace_verdict(PROVED, 0, Verdict.PROVED, because="<b>bold</b>")
    text = page([(report, [])], [])
    assert "<b>" not in text
    assert "&lt;b&gt;bold" in text


def test_without_the_converter_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    need_converter()
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(UnusableInput, match=r"pip install keystar\[html\]"):
        need_converter()
