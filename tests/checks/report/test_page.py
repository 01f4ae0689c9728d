"""The page: its parts, what it asks for (nothing), and what it says when a bound does not hold."""

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from checks.report.page import SECTIONS, page
from checks.report.shell import POLICY
from checks.tables import sentence, verdict
from tests.checks.report.samples import (
    drawn,
    measured,
    poor,
    report_of_broken,
    report_of_the_model,
    report_on,
)


@pytest.fixture(scope="module")
def whole():
    """The page with everything on it."""
    return page(drawn(report_of_the_model()))


class Reader(HTMLParser):
    """The tags of a page, its ids, and its text."""

    void = frozenset({"meta", "br", "link", "img"})

    def __init__(self, page):
        super().__init__()
        self.open, self.tags, self.ids, self.words = [], [], [], []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, text):
        if not {"style", "svg"} & set(self.open):
            self.words.append(text)

    @property
    def text(self):
        return " ".join("".join(self.words).split())


def test_the_page_is_well_formed_and_every_name_is_used_once(whole):
    read = Reader(whole)
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))
    for reference in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', whole):
        assert "".join(reference) in read.ids


def test_the_page_asks_for_nothing(whole):
    assert f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">' in whole
    assert POLICY.startswith("default-src 'none'")
    assert "http:" not in whole and "https:" not in whole and "data:" not in whole
    read = Reader(whole)
    assert not {tag for tag, _ in read.tags} & {"script", "img", "image", "link", "iframe", "base"}
    for _, attributes in read.tags:
        assert not [name for name in attributes if name.startswith("on") or name == "src"]
        link = attributes.get("href", attributes.get("xlink:href", "#"))
        assert link is not None and link.startswith("#")
    assert not re.search(r"@import|url\((?!#)", whole)


def test_the_parts_stand_in_the_order_of_the_reader(whole):
    titles = re.findall(r"<h2>(.*?)</h2>", whole)
    assert len(titles) == len(SECTIONS)
    assert titles[0] == "What was measured" and titles[-1] == "Query by query"
    stems = re.findall(r'<figure id="figure-(\w+)"', whole)
    assert stems == ["context", "conditions", "errors", "bounds", "heads", "weights"]
    report = report_of_the_model()
    text = Reader(whole).text
    assert text.index(verdict(report.result)) < text.index("What was measured")
    for said in (sentence(report.result).split(";")[0], report.command, "PROVED: effective key"):
        assert said in text


def test_what_does_not_hold_is_said_first_and_beside_every_bound():
    text = page(report_of_broken())
    loud = "NOT ALL BOUNDS ARE CERTAIN: of 18 queries 1 violate a bound and 1 are undecided."
    assert text.count(f'<strong class="bad">{loud}</strong>') == 2
    assert text.index(loud) < text.index('class="headline"')
    rows = re.findall(r'<tr><td><span class="under">≤.*?</tr>', text)
    assert len(rows) == 5
    assert all('<strong class="bad">NOT CERTAIN</strong>' in row for row in rows)
    assert '<strong class="bad">VIOLATED</strong>' in text
    assert "certified in all" not in text


def test_what_holds_is_said_beside_every_bound():
    text = page(report_on(measured((2, 3), causal=True)))
    rows = re.findall(r'<tr><td><span class="under">≤.*?</tr>', text)
    assert len(rows) == 5 and all('<span class="PROVED">yes</span>' in row for row in rows)
    assert "NOT CERTAIN" not in text and "certified in all 18 queries" in text


def test_the_bound_that_is_on_paper_only_is_not_called_proved(whole):
    row = next(row for row in re.findall(r"<tr>.*?</tr>", whole) if "From margins and" in row)
    assert "on paper only" in row and "PROVED" not in row


def test_a_name_is_no_markup():
    result = replace(measured(), name='<script>alert("x")</script>&amp;')
    text = page(report_on(result))
    assert "<script" not in text and "&lt;script&gt;" in text


def test_what_was_not_measured_is_said():
    text = Reader(page(drawn(report_on(poor())))).text
    assert "Not measured: they need the entities" in text
    assert "The limit of any keys was not measured." in text
    assert "in blocks of keys" in text
    assert "In 6 queries every group is one token, γ = ∞." in text


def test_a_map_made_for_the_queries_is_said_to_be():
    text = Reader(page(report_on(replace(measured(), cluster_by="optimised")))).text
    assert "no map chosen beforehand need do as well" in text
    assert "optimised for the very queries that were measured" in text
