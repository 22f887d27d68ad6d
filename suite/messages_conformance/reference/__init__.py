"""The embedded reference: a server that keeps Anthropic's Messages API, or breaks it in one chosen way.

It shares no protocol code with the checks that judge it; see docs/architecture.md, "Reference".
"""
