"""Seeded requests of many kinds, most of them sound, for one theme with many routes."""
import random

from themes import THEMES, add, direct, exact, get, prefix, redirect, regex, theme, to

PIECES = ("a", "b", "api", "v1", "users", "..", ".", "", "%2e", "%2F", "%41", "a b".replace(" ", "%20"), "x;y=1", "~", "é", "%zz", "A")
HOSTS = ("test", "a.test", "B.test", "a.test:80", "other", "[::1]", "x.y.z", "test.", "")
NAMES = ("x-a", "X-B", "accept", "cookie", "x-forwarded-for", "user-agent", "x-envoy-retry-on", "te", "connection", "range",
         "x-request-id", "content-type", "x-forwarded-proto", "via", "authorization")
VALUES = ("1", "", "a, b", "close", "x" * 300, "trailers", "https", "10.0.0.1", "\"q\"", "keep-alive", "caf\xe9", "a;b=c")
METHODS = ("GET", "GET", "GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "PROPFIND", "TRACE", "FOO")

ROUTES = [to("one", exact("/a")), to("two", prefix("/api", case_sensitive=False), prefix_rewrite="/new"),
          redirect(prefix("/v1"), host_redirect="n.test", strip_query=True), direct(200, "direct", prefix("/users")),
          to("one", regex("/[b-d]/.*")), to("two", prefix("/", headers=[{"name": "x-a", "present_match": True}])),
          to("one", prefix("/", query_parameters=[{"name": "q", "string_match": {"prefix": "1"}}]),
             more={"request_headers_to_add": [add("x-q", "%REQ(:path)%")]}),
          to("two", prefix("/b")), to("one", {"path_separated_prefix": "/x"})]


def target(pick):
    path = "".join("/" + pick.choice(PIECES) for _ in range(pick.randint(1, 4)))
    query = pick.choice(("", "", "?", "?q=1", "?q=2&r", "?a=/b/../c", "?q=%31"))
    return pick.choice(("", "", "", "", "", "http://abs.test", "/")) + path + query


def body(pick, method):
    if method in ("GET", "HEAD", "TRACE", "OPTIONS") and pick.random() < 0.9:
        return "", ""
    text = pick.choice(("", "hello", "x" * 5000))
    if pick.random() < 0.5:
        return f"content-length: {len(text)}\r\n", text
    chunks = f"{len(text):x}\r\n{text}\r\n" if text else ""
    return "transfer-encoding: chunked\r\n", chunks + "0\r\n\r\n"


def damage(pick, text):
    """One slip; its kind is the request's class."""
    kind = pick.choice(("byte", "drop", "double", "newline", "version", "host"))
    at = pick.randrange(len(text) - 4)
    if kind == "byte":
        return kind, text[:at] + chr(pick.choice((0, 1, 9, 11, 32, 58, 127, 200))) + text[at + 1:]
    if kind == "drop":
        return kind, text[:at] + text[at + 1:]
    if kind == "double":
        return kind, text[:at] + text[at] + text[at:]
    if kind == "newline":
        return kind, text.replace("\r\n", "\n", 1)
    if kind == "version":
        return kind, text.replace("HTTP/1.1", pick.choice(("HTTP/1.0", "HTTP/1.3", "HTTP/0.9", "HTTP/1.1 ", "HTTQ/1.1")), 1)
    return kind, text.replace("host:", pick.choice(("hos:", "host:x\r\nhost:", "x-host:")), 1)


def quirks(method, text, data):
    """What a sound request has that one of the two may not like: its class."""
    first, second = text.split("\r\n")[:2]
    found = [name for name, has in (
        ("trace", method == "TRACE"), ("unknown", method == "FOO"), ("nohost", second == "host: "),
        ("high", "\xe9" in first), ("escape", "%zz" in first),
        ("connection", any(f"\r\nconnection: {bad}\r\n" in text for bad in
                           ("a;b=c", "\"q\"", "caf\xe9"))), ("body", data or method in ("POST", "PUT", "PATCH"))) if has]
    return "-".join(found) or "sound"


def requests(seed, count):
    """[(class, method, bytes)]"""
    pick = random.Random(seed)
    made = []
    for _ in range(count):
        method = pick.choice(METHODS)
        fields = "".join(f"{pick.choice(NAMES)}: {pick.choice(VALUES)}\r\n" for _ in range(pick.randint(0, 4)))
        framing, data = body(pick, method)
        text = (f"{method} {target(pick)} HTTP/1.1\r\nhost: {pick.choice(HOSTS)}\r\n{fields}{framing}\r\n{data}")
        kind = quirks(method, text, data)
        if pick.random() < 0.15:
            damaged, text = damage(pick, text)
            kind = "damaged-" + damaged
        made.append((kind, method, text.encode("latin-1")))
    return made


theme("random", [get()], ROUTES, http={"use_remote_address": True})
RANDOM = THEMES[-1]
