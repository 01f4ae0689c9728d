"""What is called proved is a result that comes along, and every bound has its row."""

from checks.bounds import ERROR_OF_BOUND
from checks.commands.proving import check_all
from checks.commands.selection import selected
from checks.report.guarantees import GUARANTEES, RESULTS
from tests.process import ROOT


def test_every_bound_has_its_guarantee():
    assert list(GUARANTEES) == list(ERROR_OF_BOUND)
    signs = {"drop": "N", "grouped": "G", "effective": "*"}
    for name, each in GUARANTEES.items():
        assert rf"\Delta^{signs[ERROR_OF_BOUND[name]]}" in each.error


def test_each_named_result_comes_along_and_is_proved():
    named = sorted({result for each in GUARANTEES.values() for result in each.results})
    assert (ROOT / RESULTS).is_dir()
    checked = check_all(selected(named, 60.0), lambda done, total: None)
    assert checked.good and checked.claims == ()
    assert {report.name for report, _ in checked.derivations} >= set(named)


def test_what_has_no_result_is_on_paper():
    for each in GUARANTEES.values():
        assert each.results or each.on_paper == "all of it"
