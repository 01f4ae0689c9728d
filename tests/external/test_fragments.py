"""Fragments of every kind, with awkward text in them, compile: needs TeX."""

import pytest

from derivations.notes.collection import latex_files
from derivations.notes.plain import LATIN
from derivations.notes.typesetting import find_tex, pdf_of
from derivations.verdicts import Verdict
from tests.notes.samples import EXACT, PROVED, UNREACHED, broken, claim, replace_verdict
from tests.notes.test_plain import MATHEMATICS

pytestmark = pytest.mark.external


def test_proved_and_broken_derivations_and_claims_compile() -> None:
    derivations = [
        (PROVED, []),
        (EXACT, []),
        (broken(Verdict.REFUTED), UNREACHED),
        (broken(Verdict.OPEN, witnessed=False), UNREACHED),
        (broken(Verdict.ILL_DEFINED), UNREACHED),
    ]
    files = latex_files(derivations, [claim(), claim(Verdict.OPEN)])
    assert pdf_of(files, "all.tex", find_tex()).startswith(b"%PDF-")


@pytest.mark.parametrize(
    "because",
    [
        MATHEMATICS,
        r"\input{/etc/passwd} $x$ 100% a_b^c {d} ~ # & | < > \ ",
        "Grönwall – “quoted” ‘text’ … 字 ⁻¹ ₂ ÿ ħ",
        LATIN + "".join(map(chr, range(0xA0, 0x180))),
        "",
        "[a]",
    ],
)
def test_any_reason_compiles(because: str) -> None:
    report = replace_verdict(EXACT, 0, Verdict.PROVED, because=because)
    files = latex_files([(report, [])], [])
    assert pdf_of(files, "all.tex", find_tex()).startswith(b"%PDF-")
