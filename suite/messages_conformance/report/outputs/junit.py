"""The run as JUnit XML, which CI systems read: a suite for each provider, a case for each scenario."""

from __future__ import annotations

import re
from collections.abc import Mapping
from xml.etree import ElementTree as ET

from messages_conformance.catalog.model import Level
from messages_conformance.report.outputs.cases import Case, Status, Suite, suites
from messages_conformance.report.words import visible
from messages_conformance.results.reading import Run

_ELEMENTS = {Status.FAILED: "failure", Status.ERROR: "error", Status.SKIPPED: "skipped", Status.PASSED: "system-out"}

# No escape makes these characters legal in XML 1.0: https://www.w3.org/TR/xml/#charsets
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def files(run: Run, fail_on: Level) -> Mapping[str, str]:
    return {"junit.xml": render(run, fail_on)}


def render(run: Run, fail_on: Level = Level.MUST) -> str:
    """`testsuites`, in the shape that Jenkins and Surefire agree on."""
    found = suites(run, fail_on)
    root = ET.Element("testsuites", {"name": "messages-conformance", **_counts(*found)})
    for suite in found:
        root.append(_suite(suite, run.header.started))
    ET.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _suite(suite: Suite, started: str) -> ET.Element:
    skipped, time = suite.count(Status.SKIPPED), sum(case.ms for case in suite.cases)
    element = ET.Element("testsuite", {"name": legal(suite.provider.title), **_counts(suite)})
    element.attrib |= {"skipped": str(skipped), "time": _seconds(time), "timestamp": started[:19]}
    properties = ET.SubElement(element, "properties")
    for name, value in {
        "provider": suite.provider.id,
        "kind": suite.provider.kind,
        "verdict": suite.verdict,
    }.items():
        ET.SubElement(properties, "property", name=name, value=legal(value))
    element.extend(_case(suite, case) for case in suite.cases)
    return element


def _case(suite: Suite, case: Case) -> ET.Element:
    group = legal(f"{suite.provider.id}.{case.scenario.area}")
    element = ET.Element("testcase", name=legal(case.scenario.id), classname=group, time=_seconds(case.ms))
    if not case.message:
        return element
    told = ET.SubElement(element, _ELEMENTS[case.status])
    if case.status is Status.PASSED:
        told.text = legal(case.message)
    else:
        told.set("message", legal(case.message))
        told.text = legal(case.detail) or None
    return element


def legal(text: str) -> str:
    """`text` made visible, as many a job prints this file, and without what XML 1.0 forbids."""
    return _FORBIDDEN.sub("\ufffd", visible(text))


def _counts(*found: Suite) -> dict[str, str]:
    return {
        "tests": str(sum(len(suite.cases) for suite in found)),
        "failures": str(sum(suite.count(Status.FAILED) for suite in found)),
        "errors": str(sum(suite.count(Status.ERROR) for suite in found)),
    }


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.3f}"
