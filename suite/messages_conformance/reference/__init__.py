"""The embedded reference: a server that keeps Anthropic's Messages API, and can be told to break it one way at a time.

It shares no protocol code with the checks that judge it; see docs/architecture.md, "Reference".
"""
