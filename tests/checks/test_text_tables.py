"""Numbers and shares in few characters."""

import pytest

from checks.text_tables import share, short


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (0.123456, "0.123"), (9999.0, "1e+04"), (12345.0, "1e04"), (3e90, "3e90")],
)
def test_numbers(number, text):
    assert short(number) == text


def test_what_is_no_number():
    assert short(float("inf")) == "∞"
    assert (share(None), share(0.5)) == ("–", "0.50")
