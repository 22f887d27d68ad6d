"""Bytes to and from an endpoint: client, SSE reader, exchange, redaction."""
