"""What schemathesis must know of the relay's API besides its description. Loaded by tests/tests/scan.rs."""

import schemathesis

# They frame the message. What is wrong with one is answered by the HTTP library, before there is a request: with 400 and
# nothing else (tests/tests/locked/smuggling.rs asks for that).
FRAMING = {"transfer-encoding", "content-length", "connection", "expect", "te", "trailer", "upgrade", "host"}


@schemathesis.hook
def map_headers(context, headers):
    return {name: value for name, value in (headers or {}).items() if name.strip().lower() not in FRAMING}


@schemathesis.serializer("application/offset+octet-stream")
def chunk(context, value):
    """TUS: the bytes of an upload."""
    return value if isinstance(value, bytes) else str(value).encode()
