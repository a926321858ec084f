"""One address for one page, whoever shared it and however."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from earwitness.stories.addresses import canonical, domain

CASES = json.loads((Path(__file__).parent / "cases/stories/addresses.json").read_text("utf-8"))


@pytest.mark.parametrize(("url", "page"), CASES["pages"])
def test_an_address_names_its_page(url, page):
    assert canonical(url) == page


@pytest.mark.parametrize("url", CASES["no_page"])
def test_what_is_no_page_has_no_address(url):
    assert canonical(url) is None


@pytest.mark.parametrize(("one", "other"), CASES["different"])
def test_different_pages_stay_different(one, other):
    assert canonical(one) != canonical(other)


def test_the_domain_is_that_of_the_page_inside_a_wrapper():
    assert domain("https://www.google.com/url?q=https://m.news.example/a&sa=D") == "news.example"


@given(st.text(max_size=80))
def test_any_text_is_an_address_or_none(text):
    canonical(f"https://example.org/{text}")
    canonical(text)


@given(st.sampled_from([page for page, _ in CASES["pages"]]))
def test_an_address_names_itself(url):
    page = canonical(url)
    assert page is not None
    assert canonical("https://" + page) == page
