"""JUnit XML as Jenkins and Surefire read it."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree import ElementTree as ET

import pytest
import samples
from messages_conformance.report.outputs.junit import legal, render
from messages_conformance.results.reading import Run

# https://github.com/jenkinsci/xunit-plugin: types/model/xsd/junit-10.xsd, which Surefire's report keeps as well
COUNTS = {"name", "tests", "failures", "errors"}
SHAPE: dict[str, tuple[set[str], set[str], set[str]]] = {
    "testsuites": (set(), COUNTS | {"time"}, {"testsuite"}),
    "testsuite": (COUNTS, COUNTS | {"skipped", "time", "timestamp", "id", "package"}, {"properties", "testcase"}),
    "properties": (set(), set(), {"property"}),
    "property": ({"name", "value"}, {"name", "value"}, set()),
    "testcase": ({"name"}, {"name", "time", "classname"}, {"skipped", "error", "failure", "system-out"}),
    "skipped": (set(), {"type", "message"}, set()),
    "error": (set(), {"type", "message"}, set()),
    "failure": (set(), {"type", "message"}, set()),
    "system-out": (set(), set(), set()),
}
"""For each element: the attributes that it must have, those that it may have, and its children."""


def parsed(run: Run) -> ET.Element:
    return ET.fromstring(render(run).encode("utf-8"))  # noqa: S314  our own


@pytest.mark.parametrize("made", [samples.run, samples.hostile_run])
def test_it_keeps_the_common_shape(made: Callable[[], Run]) -> None:
    for element in parsed(made()).iter():
        must, may, children = SHAPE[element.tag]
        assert must <= set(element.attrib) <= may
        assert {child.tag for child in element} <= children


def test_counts_are_those_of_the_cases() -> None:
    root = parsed(samples.run())
    naga = next(suite for suite in root if suite.get("name") == "NagaAI")
    assert {name: naga.get(name) for name in ("tests", "failures", "errors", "skipped")} == {
        "tests": "6",
        "failures": "2",
        "errors": "1",
        "skipped": "2",
    }
    assert (root.get("tests"), root.get("failures")) == ("24", "2")
    properties = {one.get("name"): one.get("value") for one in naga.iter("property")}
    assert properties["verdict"] == "does not conform: 3 causes (2 MUST, 1 MAY)"


def test_a_case_is_named_by_scenario_provider_and_area() -> None:
    naga = next(suite for suite in parsed(samples.run()) if suite.get("name") == "NagaAI")
    case = next(naga.iter("testcase"))
    assert (case.get("classname"), case.get("name"), case.get("time")) == ("naga.streaming", "streaming.text", "0.391")
    (failure,) = case
    assert failure.tag == "failure"
    assert str(failure.get("message")).startswith("MUST anthropic:stream.named-events")
    assert "curl -sS" in str(failure.text)


def test_what_xml_forbids_is_taken_out() -> None:
    assert legal("a\x00b\x1b\ud800\ufffe\tc\nd") == "a␀b␛\\ud800\ufffd\tc\nd"
    assert "</script>" in str(next(parsed(samples.hostile_run()).iter("failure")).get("message"))
