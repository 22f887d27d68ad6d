"""Conformance suite and compatibility checker for endpoints that claim Anthropic's Messages API."""

__version__ = "0.1.0"
