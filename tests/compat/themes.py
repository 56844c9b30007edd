"""What Convoy and Envoy are compared on: one listener each, with the requests that are sent to it.
Clusters that every theme may use: `one` and `two`, an upstream of that name each; `none`, where
nobody listens. A theme's name is its listener's and its stat_prefix."""
import dataclasses

from client_h2 import Request

HCM = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3." \
      "HttpConnectionManager"


def typed(kind, **fields):
    return {"@type": "type.googleapis.com/envoy.extensions." + kind, **fields}


@dataclasses.dataclass
class Theme:
    name: str
    hosts: list
    requests: list
    http: dict
    configuration: dict
    clusters: list
    filters: list
    chains: list


THEMES = []


def theme(name, requests, routes=None, hosts=None, http=None, configuration=None, clusters=(),
          host=None, filters=(), chains=()):
    """`routes`: of one virtual host for every domain, with the fields of `host`. `chains`: (match,
    transport socket or None, routes or None for the theme's) for each filter chain; none: one."""
    hosts = hosts or [{"name": "all", "domains": ["*"], "routes": routes, **(host or {})}]
    THEMES.append(Theme(name, hosts, requests, http or {}, configuration or {}, list(clusters),
                        list(filters), list(chains) or [({}, None, None)]))


def get(path="/", host="test", method="GET", body=None, **fields):
    """`fields`: x_a for x-a."""
    lines = [f"{method} {path} HTTP/1.1", f"host: {host}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in fields.items()]
    if body is not None:
        lines.append(f"content-length: {len(body)}")
    return ("\r\n".join(lines) + "\r\n\r\n" + (body or "")).encode("latin-1")


def raw(text):
    return text.encode("latin-1")


def to(cluster="one", match=None, more=None, **action):
    return {"match": match or {"prefix": "/"}, "route": {"cluster": cluster, **action},
            **(more or {})}


def prefix(path, **more):
    return {"prefix": path, **more}


def exact(path, **more):
    return {"path": path, **more}


def regex(text, **more):
    return {"safe_regex": {"regex": text}, **more}


def redirect(match=None, **action):
    return {"match": match or {"prefix": "/"}, "redirect": action}


def direct(status, body=None, match=None):
    action = {"status": status}
    if body is not None:
        action["body"] = {"inline_string": body}
    return {"match": match or {"prefix": "/"}, "direct_response": action}


def add(name, value, action="APPEND_IF_EXISTS_OR_ADD", **more):
    return {"header": {"key": name, "value": value}, "append_action": action, **more}


def cluster(name, port, **more):
    """`port`: a number, or the name of an upstream."""
    address = {"socket_address": {"address": "127.0.0.1", "port_value": port}}
    return {"name": name, "type": "STATIC", "connect_timeout": "2s", "load_assignment": {
        "cluster_name": name, "endpoints": [{"lb_endpoints": [{"endpoint": {"address": address}}]}]},
        "circuit_breakers": {"thresholds": [{"max_retries": 1000}]}, **more}


PLAIN = [get(), get("/a/b?c=d"), get("/a", method="POST", body="hello"),
         get("/", method="PUT", body=""), get("/", method="DELETE"), get("/", method="HEAD"),
         get("/", method="OPTIONS"), get("/", method="PATCH", body="x" * 1000)]

# --- matching ---

theme("plain", PLAIN, [to()])
theme("prefix", [get(p) for p in ("/a", "/a/", "/ab", "/a?b", "/A", "/b", "/", "//a", "/a/../b")],
      [to("one", prefix("/a")), to("two", prefix("/b"))])
theme("path", [get(p) for p in ("/a", "/a/", "/a?b=c", "/a#f", "/A", "/ab", "/")],
      [to("one", exact("/a")), to("two", prefix("/a"))])
theme("path_any_case", [get(p) for p in ("/a", "/A", "/Ab", "/aB/C", "/b", "/B?C")],
      [to("one", exact("/aB/c", case_sensitive=False)), to("two", exact("/b", case_sensitive=False)),
       to("one", prefix("/A", case_sensitive=False))])
theme("regex", [get(p) for p in ("/user/1", "/user/12/", "/user/12?x", "/user/", "/USER/1", "/x")],
      [to("one", regex("/user/[0-9]+")), to("two", regex("/user/.*"))])
theme("separated", [get(p) for p in ("/api", "/api/", "/api/v1", "/apis", "/api?x", "/API", "/ap")],
      [to("one", {"path_separated_prefix": "/api"})])
theme("order", [get(p) for p in ("/a/b", "/a/b/c", "/a", "/z")],
      [to("one", prefix("/a/b/c")), to("two", prefix("/a")), to("one", exact("/a/b")), to("two")])
HEADERS = [get(x_a=v) for v in ("one", "One", "onetwo", "two-one", "5", "15", "-3", "abc", "")]
for kind, match in {
        "exact": {"string_match": {"exact": "one"}},
        "exact_any_case": {"string_match": {"exact": "ONE", "ignore_case": True}},
        "prefix": {"string_match": {"prefix": "one"}},
        "suffix": {"string_match": {"suffix": "one"}},
        "contains": {"string_match": {"contains": "e"}},
        "regex": {"string_match": {"safe_regex": {"regex": "[a-z]+"}}},
        "range": {"range_match": {"start": 1, "end": 15}},
        "present": {"present_match": True},
        "absent": {"present_match": False},
        "not": {"string_match": {"exact": "one"}, "invert_match": True},
        "empty": {"string_match": {"exact": ""}, "treat_missing_header_as_empty": True}}.items():
    theme("header_" + kind, HEADERS + [get(), get(x_a="one", x_A="two"), get(x_a="two", x_A="one")],
          [to("one", prefix("/", headers=[{"name": "x-a", **match}])), to("two")])
theme("header_pseudo", [get("/a"), get("/b"), get("/a", method="POST", body=""), get("/a", host="b.test")],
      [to("one", prefix("/", headers=[{"name": ":method", "string_match": {"exact": "POST"}}])),
       to("two", prefix("/", headers=[{"name": ":path", "string_match": {"exact": "/b"}}])),
       to("two", prefix("/", headers=[{"name": ":authority", "string_match": {"prefix": "b."}}]))])
theme("query", [get("/?" + q) for q in ("a=1", "a=2", "b", "b=", "b=x", "a=1&b", "c=1&a=1", "a=%31", "A=1",
                                        "", "a", "a=1&a=2")],
      [to("one", prefix("/", query_parameters=[{"name": "a", "string_match": {"exact": "1"}}])),
       to("two", prefix("/", query_parameters=[{"name": "b", "present_match": True}])), direct(204)])
theme("domains", [get(host=h) for h in ("a.test", "A.TEST", "b.a.test", "c.b.a.test", "a.test:80", "a.other",
                                        "x-a.test", "other", "foo.bar", "foo.", "test", "[::1]", "[::1]:80")],
      hosts=[{"name": name, "domains": domains, "routes": [direct(200, name)]} for name, domains in {
          "exact": ["a.test"], "suffix": ["*.a.test"], "longer": ["*.b.a.test"], "dash": ["*-a.test"],
          "prefix": ["foo.*"], "port": ["a.test:80"], "ip": ["[::1]"]}.items()])
theme("no_host_matches", [get(host="other"), get(host="a.test")],
      hosts=[{"name": "a", "domains": ["a.test"], "routes": [to()]}])
theme("no_route_matches", [get("/b"), get("/b", method="HEAD"), get("/b", method="POST", body="x")],
      [to("one", prefix("/a"))])
theme("runtime_none", [get(), get()], [to("one", prefix("/", runtime_fraction={
    "default_value": {"numerator": 0, "denominator": "HUNDRED"}})), to("two")])
theme("runtime_all", [get(), get()], [to("one", prefix("/", runtime_fraction={
    "default_value": {"numerator": 1000000, "denominator": "MILLION"}})), to("two")])

# --- where to, and how it is asked ---

PATHS = [get(p) for p in ("/api", "/api/", "/api/x", "/api/x?y=/api/z", "/api?q", "/apix", "/other/a/b")]
theme("prefix_rewrite", PATHS, [to("one", prefix("/api/"), prefix_rewrite="/v2/"),
                                to("two", prefix("/api"), prefix_rewrite="/"), to("one")])
theme("regex_rewrite", PATHS, [to("one", regex_rewrite={"pattern": {"regex": "^/([a-z]+)/(.*)$"},
                                                        "substitution": "/\\2/of/\\1"})])
theme("host_rewrite", [get(), get(host="other:80")],
      [to(host_rewrite_literal="new.test", append_x_forwarded_host=True)])
theme("host_rewrite_header", [get(x_host="from.field"), get(), get(x_host="")],
      [to(host_rewrite_header="x-host", append_x_forwarded_host=True)])
theme("host_rewrite_regex", [get("/bob/cars?x=1"), get("/"), get("/eve")],
      [to(host_rewrite_path_regex={"pattern": {"regex": "^/([a-z]+)/.*$"}, "substitution": "\\1.test"})])
theme("forwarded_host_before", [get(x_forwarded_host="before.test")],
      [to(host_rewrite_literal="new.test", append_x_forwarded_host=True)])
theme("cluster_header", [get(x_cluster=c) for c in ("one", "two", "absent", "")] + [get()],
      [{"match": {"prefix": "/"}, "route": {"cluster_header": "x-cluster"}}])
theme("cluster_absent_404", [get(x_cluster="absent"), get()],
      [{"match": {"prefix": "/"}, "route": {"cluster_header": "x-cluster",
                                            "cluster_not_found_response_code": "NOT_FOUND"}}])
theme("weighted", [get(), get()], [{"match": {"prefix": "/"}, "route": {"weighted_clusters": {"clusters": [
    {"name": "one", "weight": 0}, {"name": "two", "weight": 7, "host_rewrite_literal": "w.test",
     "request_headers_to_add": [add("x-weighted", "yes")], "response_headers_to_add": [add("x-w", "1")]}]}}}])
for name, fields in {
        "https": {"https_redirect": True}, "scheme": {"scheme_redirect": "ftp"},
        "host": {"host_redirect": "new.test"}, "port": {"port_redirect": 8080},
        "path": {"path_redirect": "/new?own=1"}, "path_plain": {"path_redirect": "/new"},
        "prefix": {"prefix_rewrite": "/new"}, "code": {"response_code": "PERMANENT_REDIRECT"},
        "strip": {"strip_query": True, "response_code": "FOUND"},
        "regex": {"regex_rewrite": {"pattern": {"regex": "a"}, "substitution": "b"}},
        "all": {"https_redirect": True, "host_redirect": "n.test", "port_redirect": 1, "path_redirect": "/p"}}.items():
    theme("redirect_" + name, [get("/a/b?c=d"), get("/a", host="test:80"), get("/a", host="test:443"),
                               get("/a", host="[::1]:80"), get("/a", method="POST", body="x"),
                               get("/a", x_forwarded_proto="https", host="test:443")],
          [redirect(prefix("/a"), **fields)])
theme("direct", [get("/text"), get("/none"), get("/text", method="HEAD"), get("/404"), get("/text", method="POST", body="abc")],
      [direct(200, "text", prefix("/text")), direct(204, None, prefix("/none")), direct(404, "", prefix("/404"))])
theme("require_tls", [get("/a?b"), get("/a", x_forwarded_proto="https")], [to()], host={"require_tls": "ALL"})
theme("require_tls_external", [get("/a?b"), get("/a", x_forwarded_proto="https"), get("/", x_envoy_internal="true")],
      [to()], host={"require_tls": "EXTERNAL_ONLY"})

# --- header fields ---

EDITS = {"request_headers_to_add": [add("x-add", "route"), add("x-new", "1", "ADD_IF_ABSENT"),
                                    add("x-set", "route", "OVERWRITE_IF_EXISTS_OR_ADD"),
                                    add("x-if", "route", "OVERWRITE_IF_EXISTS")],
         "request_headers_to_remove": ["x-gone"],
         "response_headers_to_add": [add("x-answer", "route"), add("x-upstream", "over", "OVERWRITE_IF_EXISTS_OR_ADD")],
         "response_headers_to_remove": ["x-secret"]}
FIELDS = [get(), get(x_add="client", x_new="client", x_set="client", x_if="client", x_gone="client"),
          get(x_do="header=x-secret:1 header=x-answer:up header=x-other:2")]
theme("edits_route", FIELDS, [to(more=EDITS)])
theme("edits_all_levels", FIELDS, [to(more=EDITS)],
      host={"request_headers_to_add": [add("x-add", "host"), add("x-set", "host", "OVERWRITE_IF_EXISTS_OR_ADD")],
            "response_headers_to_add": [add("x-answer", "host")]},
      configuration={"request_headers_to_add": [add("x-add", "all"), add("x-set", "all", "OVERWRITE_IF_EXISTS_OR_ADD")],
                     "response_headers_to_add": [add("x-answer", "all")]})
theme("edits_specific_wins", FIELDS, [to(more=EDITS)],
      host={"request_headers_to_add": [add("x-set", "host", "OVERWRITE_IF_EXISTS_OR_ADD")]},
      configuration={"request_headers_to_add": [add("x-set", "all", "OVERWRITE_IF_EXISTS_OR_ADD")],
                     "most_specific_header_mutations_wins": True})
theme("formats", [get("/a/b?c=d", x_in="value"), get("/a")], [to(more={"request_headers_to_add": [
    add("x-f-" + str(i), text) for i, text in enumerate((
        "%REQ(x-in)%", "%REQ(x-none)%", "%REQ(x-none?x-in)%", "%REQ(:path)%", "%REQ(:authority):3%", "%PROTOCOL%",
        "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%", "100%%", "%RESPONSE_CODE%", "[%REQ(x-in)%]",
        "%UPSTREAM_CLUSTER%", "%ROUTE_NAME%", "%REQUESTED_SERVER_NAME%"))],
    "response_headers_to_add": [add("x-code", "%RESPONSE_CODE%"), add("x-up", "%RESP(x-upstream)%"),
                                add("x-flags", "%RESPONSE_FLAGS%"), add("x-bytes", "%BYTES_RECEIVED%")],
    "name": "named"})])
theme("keep_empty", [get()], [to(more={"request_headers_to_add": [
    add("x-empty", "%REQ(x-none)%"), add("x-kept", "", keep_empty_value=True), add("x-kept2", "%REQ(x-none)%", keep_empty_value=True)]})])
theme("edits_direct", [get()], [{**direct(200, "x"), "response_headers_to_add": [add("x-d", "1")],
                                 "response_headers_to_remove": ["content-type"]}])
theme("edits_redirect", [get()], [{**redirect(host_redirect="n"), "response_headers_to_add": [add("x-r", "1")]}])

# --- the connection manager ---

FORWARDED = [get(), get(x_forwarded_for="1.2.3.4"), get(x_forwarded_for="1.2.3.4, 10.0.0.1"), get(x_forwarded_proto="https"),
             get(x_request_id="mine"), get(x_envoy_internal="true"), get(x_envoy_expected_rq_timeout_ms="1"),
             get(x_envoy_retry_on="5xx"), get(x_forwarded_for="not an address"), get(x_forwarded_proto="gopher"),
             get(x_envoy_external_address="9.9.9.9"), get(x_envoy_decorator_operation="x"), get(forwarded="for=1.2.3.4"),
             get(x_forwarded_for="::1"), get(x_forwarded_for=""), get(x_envoy_original_path="/x"), get(x_envoy_force_trace="1")]
theme("forwarded_default", FORWARDED, [to()])
theme("forwarded_remote", FORWARDED, [to()], http={"use_remote_address": True})
theme("forwarded_hops", FORWARDED, [to()], http={"use_remote_address": True, "xff_num_trusted_hops": 1})
theme("forwarded_hops_inner", FORWARDED, [to()], http={"xff_num_trusted_hops": 1})
theme("forwarded_skip", FORWARDED, [to()], http={"use_remote_address": True, "skip_xff_append": True})
theme("request_id_kept", FORWARDED, [to()], http={"preserve_external_request_id": True, "use_remote_address": True,
                                                  "always_set_request_id_in_response": True})
theme("request_id_none", FORWARDED, [to()], http={"generate_request_id": False})
theme("server_append", [get(), get(x_do="header=server:up")], [to()], http={"server_header_transformation": "APPEND_IF_ABSENT"})
theme("server_pass", [get(), get(x_do="header=server:up")], [to()], http={"server_header_transformation": "PASS_THROUGH"})
theme("server_name", [get(), get(x_do="header=server:up"), get("/no")], [to("one", exact("/"))],
      http={"server_name": "me", "via": "gateway"})
theme("normalize", [get(p) for p in ("/a/../b", "/a/./b", "//a//b", "/%61", "/a%2fb", "/a%2Fb", "/..", "/%2e%2e/x", "/a/..%2fb",
                                     "/a?x=../y", "/%", "/a%00", "/a b".replace(" ", "%20"))], [to()],
      http={"normalize_path": True})
theme("merge_slashes", [get(p) for p in ("//a//b///c", "/a/b//?x=//y", "//", "/%2f/a")], [to()], http={"merge_slashes": True})
for action in ("REJECT_REQUEST", "UNESCAPE_AND_REDIRECT", "UNESCAPE_AND_FORWARD", "KEEP_UNCHANGED"):
    theme("slashes_" + action.lower(), [get(p) for p in ("/a%2fb", "/a%5Cb", "/a/b", "/a%2F..%2fb?x=%2f", "/%2f%2fa")], [to()],
          http={"path_with_escaped_slashes_action": action, "normalize_path": True})
theme("strip_port", [get(host=h) for h in ("test:80", "test:8080", "test", "[::1]:80", "[::1]", "test:")], [to()],
      http={"strip_any_host_port": True})
theme("strip_dot", [get(host=h) for h in ("test.", "test.:80", "test")], [to()], http={"strip_trailing_host_dot": True})
theme("underscores_drop", [get(), raw("GET / HTTP/1.1\r\nhost: t\r\nx_a: 1\r\nx-b: 2\r\n\r\n")], [to()],
      http={"common_http_protocol_options": {"headers_with_underscores_action": "DROP_HEADER"}})
theme("underscores_reject", [get(), raw("GET / HTTP/1.1\r\nhost: t\r\nx_a: 1\r\n\r\n")], [to()],
      http={"common_http_protocol_options": {"headers_with_underscores_action": "REJECT_REQUEST"}})
theme("http10", [raw("GET / HTTP/1.0\r\n\r\n"), raw("GET / HTTP/1.0\r\nhost: a\r\n\r\n"),
                 raw("GET / HTTP/1.0\r\nhost: a\r\nconnection: keep-alive\r\n\r\n"),
                 raw("GET / HTTP/1.0\r\nhost: a\r\nx-do: chunked\r\n\r\n")], [to()],
      http={"http_protocol_options": {"accept_http_10": True, "default_host_for_http_10": "default.test"}})
theme("http10_refused", [raw("GET / HTTP/1.0\r\nhost: a\r\n\r\n"), raw("GET / HTTP/1.0\r\n\r\n")], [to()])
theme("limits", [get(x_big="a" * 5000), get(x_big="a" * 1000), get("/" + "a" * 5000), get("/" + "a" * 1000),
                 raw("GET / HTTP/1.1\r\nhost: t\r\n" + "".join(f"x-{i}: 1\r\n" for i in range(30)) + "\r\n")], [to()],
      http={"max_request_headers_kb": 4, "common_http_protocol_options": {"max_headers_count": 20}})
theme("timeouts", [get("/route", x_do="delay=2"), get("/fine", x_do="delay=0.1"), get("/hop", x_envoy_upstream_rq_timeout_ms="100", x_do="delay=2")],
      [to("one", prefix("/route"), timeout="0.3s"), to()])
theme("stream_idle", [get(x_do="delay=2")], [to(timeout="0s")], http={"stream_idle_timeout": "0.4s"})
theme("no_filters", [get(), get("/direct"), get("/none"), get(method="POST", body="abc")],
      [direct(200, "ok", exact("/direct")), to("one", exact("/"))],
      http={"http_filters": [], "stream_idle_timeout": "0.4s"})
theme("max_duration", [get(x_do="delay=2"), get("/", method="POST", body="x", x_do="delay=2")],
      [to(max_stream_duration={"max_stream_duration": "0.4s"})])
theme("suppressed", FIELDS, [to()], filters=["suppress"])
theme("local_replies", [get("/none"), get("/reset", x_do="reset"), get("/partial", x_do="partial"), get("/none", method="HEAD"),
                        get("/none", content_type="application/grpc", method="POST", body=""),
                        get("/reset", content_type="application/grpc", method="POST", body="x", x_do="reset")],
      [to("none", prefix("/none")), to()])

# --- messages ---

UP = [get(x_do=words, method=method) for method in ("GET", "HEAD") for words in (
    "status=204", "status=304", "status=404", "status=500", "chunked", "chunked close", "close", "body=", "body=x",
    "header=connection:close", "header=keep-alive:timeout=5", "header=x-a:1 header=x-a:2", "header=set-cookie:a header=set-cookie:b",
    "header=x-envoy-upstream-service-time:7", "header=x-envoy-overloaded:true", "header=date:yesterday",
    "header=transfer-encoding:gzip", "header=content-length:3", "status=201 header=location:/x", "header=bad_name:1")]
theme("upstream_answers", UP, [to()])
theme("methods", [get(method=m) for m in ("TRACE", "CONNECT", "PROPFIND", "FOO", "get", "M-SEARCH", "PURGE", "LINK")]
      + [raw("OPTIONS * HTTP/1.1\r\nhost: t\r\n\r\n"), raw("CONNECT a:80 HTTP/1.1\r\nhost: a:80\r\n\r\n")], [to()])
theme("targets", [raw(f"GET {t} HTTP/1.1\r\nhost: h.test\r\n\r\n") for t in (
    "http://abs.test/a?b", "http://abs.test", "HTTP://ABS.test/", "https://abs.test/a", "abs", "?a", "", "//x/y", "/a#b", "http:///a",
    "http://u:p@abs.test/", "/\x7f", "/\xe9", "/a|b", "/a\"b", "/<>", "ftp://a/b", "http://abs.test:80/x", "http://[::1]:80/x")], [to()])
BODY = "POST / HTTP/1.1\r\nhost: t\r\n"
theme("framing", [raw(BODY + tail) for tail in (
    "transfer-encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "transfer-encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n0\r\nx-t: 1\r\n\r\n",
    "transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n5\r\nhello\r\n0\r\n\r\n", "content-length: 5\r\ncontent-length: 5\r\n\r\nhello",
    "content-length: 5\r\ncontent-length: 6\r\n\r\nhello1", "content-length: 5, 5\r\n\r\nhello", "content-length: -1\r\n\r\n",
    "content-length: 0x5\r\n\r\nhello", "content-length: +5\r\n\r\nhello", "content-length: \r\n\r\n", "content-length: 99999999999999999999\r\n\r\n",
    "transfer-encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "transfer-encoding: chunked, chunked\r\n\r\n0\r\n\r\n", "transfer-encoding: identity\r\n\r\n",
    "transfer-encoding: Chunked\r\n\r\n0\r\n\r\n", "transfer-encoding: xchunked\r\n\r\n0\r\n\r\n", "transfer-encoding: chunked\r\n\r\nz\r\n", "transfer-encoding: chunked\r\n\r\n-5\r\nhello\r\n0\r\n\r\n",
    "transfer-encoding: chunked\r\n\r\n5\r\nhelloX\r\n0\r\n\r\n", "transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n", "transfer-encoding: chunked\r\n\r\n5 \r\nhello\r\n0\r\n\r\n",
    "expect: 100-continue\r\ncontent-length: 5\r\n\r\nhello", "expect: other\r\ncontent-length: 5\r\n\r\nhello")], [to()])
theme("lines", [raw(text) for text in (
    "GET / HTTP/1.1\nhost: t\n\n", "GET / HTTP/1.1\r\nhost: t\r\n folded\r\n\r\n", "GET / HTTP/1.1\r\nhost : t\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: t\r\nx-a:1\r\nx-b:  2  \r\n\r\n", "GET / HTTP/1.1\r\nhost: t\r\n: 1\r\n\r\n", "GET / HTTP/1.1\r\nhost: t\r\nbad\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: t\r\nx-a: a\x00b\r\n\r\n", "GET / HTTP/1.1\r\nhost: t\r\nx-a: a\x01b\r\n\r\n", "GET / HTTP/1.1\r\nhost: t\r\nx-a: \xe9\r\n\r\n",
    "GET / HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\nhost: b\r\n\r\n", "GET / HTTP/1.1\r\nhost: a\r\nhost: a\r\n\r\n", "GET / HTTP/1.1\r\nhost:\r\n\r\n",
    "GET / HTTP/1.1\r\nhost: a b\r\n\r\n", "GET / HTTP/1.1\r\nhost: a/b\r\n\r\n", "GET / HTTP/1.1\r\nhost: a,b\r\n\r\n", "GET / HTTP/1.1\r\nhost: u@a\r\n\r\n",
    "GET / HTTP/2.0\r\nhost: t\r\n\r\n", "GET / HTTP/1.2\r\nhost: t\r\n\r\n", "GET / http/1.1\r\nhost: t\r\n\r\n", "GET  / HTTP/1.1\r\nhost: t\r\n\r\n",
    "GET /a b HTTP/1.1\r\nhost: t\r\n\r\n", "GET /\r\n\r\n", "\r\n\r\nGET / HTTP/1.1\r\nhost: t\r\n\r\n", "GET / HTTP/1.1\r\nhost: t\r\nx(a): 1\r\n\r\n",
    "\x16\x03\x01\x02\x00\x01\x00", "garbage\r\n\r\n", "GET / HTTP/1.1\r\nhost: t\r\nx-a: " + "b" * 70000 + "\r\n\r\n")], [to()])
theme("hop_by_hop", [get(connection=c, x_a="1", x_b="2", keep_alive="5", te="trailers, gzip", proxy_connection="close") for c in (
    "close", "keep-alive", "x-a", "x-a, close", "upgrade", "Keep-Alive, X-B", "te")]
      + [get(te="trailers"), get(proxy_authorization="x"), get(trailer="x-t"), get(upgrade="h2c", connection="upgrade, http2-settings", http2_settings="AAMAAABk")], [to()])
theme("websocket", [get(connection="Upgrade", upgrade="websocket", sec_websocket_key="x", sec_websocket_version="13"),
                    get(connection="Upgrade", upgrade="other"), get(upgrade="websocket")], [to()],
      http={"upgrade_configs": [{"upgrade_type": "websocket"}]})
theme("upgrade_types", [get(m, connection="Upgrade", upgrade=u) for u in ("custom", "CUSTOM") for m in ("/", "/off", "/on")],
      [to(match=prefix("/off"), upgrade_configs=[{"upgrade_type": "custom", "enabled": False}]),
       to(match=prefix("/on"), upgrade_configs=[{"upgrade_type": "Custom"}]), to()],
      http={"upgrade_configs": [{"upgrade_type": "custom"}]})


def connect(fields=""):
    return raw(f"CONNECT a.test:80 HTTP/1.1\r\nhost: a.test:80\r\n{fields}\r\n")


def connect_route(kind, cluster="one", **config):
    return to(cluster, {"connect_matcher": {}, "headers": [{"name": f"x-{kind}", "present_match": True}]},
              upgrade_configs=[{"upgrade_type": "CONNECT", **config}])


theme("connect", [connect("x-direct: 1\r\n"), connect("x-none: 1\r\n"), connect("x-on: 1\r\nx-do: status=407\r\n"),
                  connect("x-off: 1\r\n"), connect(), get(), get(x_on="1")],
      [{**direct(418, "d"), "match": {"connect_matcher": {}, "headers": [{"name": "x-direct", "present_match": True}]}},
       connect_route("none", "none", connect_config={}), connect_route("on"), connect_route("off", enabled=False), to()])
theme("websocket_refused", [get(connection="Upgrade", upgrade="websocket")], [to()])

# --- when it fails ---


def retry(on, **more):
    return to(retry_policy={"retry_on": on, "num_retries": 2, "retry_back_off": {"base_interval": "0.001s"}, **more})


for on in ("5xx", "gateway-error", "reset", "connect-failure", "retriable-4xx", "refused-stream", "5xx,retriable-4xx"):
    theme("retry_" + on.replace(",", "_"), [get(x_id=f"{on}{i}", x_do=do) for i, do in enumerate((
        "once=status=503", "once=status=500", "once=reset", "once=status=409", "status=502", "reset", "once=status=404"))]
          + [get(method="POST", body="hello", x_id=on + "p", x_do="once=status=503")],
          [retry(on)])
theme("retry_codes", [get(x_id="c1", x_do="once=status=418"), get(x_id="c2", x_do="once=status=503")],
      [retry("retriable-status-codes", retriable_status_codes=[418])])
theme("retry_headers", [get(x_id="h1", x_do="once=header=x-again:1"), get(x_id="h2")],
      [retry("retriable-headers", retriable_headers=[{"name": "x-again", "present_match": True}])])
theme("retry_asked", [get(x_id="a1", x_do="once=status=503", x_envoy_retry_on="5xx"),
                      get(x_id="a2", x_do="status=503", x_envoy_retry_on="5xx", x_envoy_max_retries="3")], [to()])
theme("retry_per_try", [get(x_id="t1", x_do="once=delay=2"), get(x_id="t2", x_do="delay=2")],
      [retry("5xx", per_try_timeout="0.3s")])
theme("attempt_count", [get(x_id="n1", x_do="once=status=503"), get()], [retry("5xx")],
      host={"include_request_attempt_count": True, "include_attempt_count_in_response": True})
theme("retry_of_host", [get(x_id="v1", x_do="once=status=503")], [to()],
      host={"retry_policy": {"retry_on": "5xx", "retry_back_off": {"base_interval": "0.001s"}}})
theme("no_hosts", [get(), get(method="HEAD")], [to("empty")],
      clusters=[{"name": "empty", "type": "STATIC", "connect_timeout": "1s",
                 "load_assignment": {"cluster_name": "empty"}}])
theme("overflow", [get(), get(method="POST", body="x")], [to("tight")],
      clusters=[cluster("tight", "one", circuit_breakers={"thresholds": [{"max_requests": 0}]})])

# --- clusters of several hosts ---


def hosts_of(name, localities, policy=None, **more):
    """`localities`: each a list of endpoints (an upstream's name and what the lb_endpoint has more)
    and, after them, fields of the locality. `policy`: of the load_assignment."""
    endpoints = []
    for members, fields in localities:
        endpoints.append({"lb_endpoints": [
            {"endpoint": {"address": {"socket_address": {"address": "127.0.0.1", "port_value": one}}},
             **extra} for one, extra in members], **fields})
    return {"name": name, "type": "STATIC", "connect_timeout": "2s",
            "load_assignment": {"cluster_name": name, "endpoints": endpoints,
                                **({"policy": policy} if policy else {})}, **more}


BOTH = [([("one", {}), ("two", {})], {})]
HASHED = [get("/", x_hash=str(n)) for n in range(24)]
BY_HEADER = {"hash_policy": [{"header": {"header_name": "x-hash"}}]}
for name, fields in {
        "ring": {"lb_policy": "RING_HASH"},
        "ring_small": {"lb_policy": "RING_HASH", "ring_hash_lb_config": {"minimum_ring_size": 8}},
        "ring_murmur": {"lb_policy": "RING_HASH",
                        "ring_hash_lb_config": {"hash_function": "MURMUR_HASH_2"}},
        "maglev": {"lb_policy": "MAGLEV", "maglev_lb_config": {"table_size": 11}},
        "maglev_typed": {"load_balancing_policy": {"policies": [{"typed_extension_config": {
            "name": "m", "typed_config": typed("load_balancing_policies.maglev.v3.Maglev")}}]}}}.items():
    theme("hash_" + name, HASHED, [to("hashed_" + name, **BY_HEADER)],
          clusters=[hosts_of("hashed_" + name, BOTH, **fields)])
theme("hash_weights", HASHED, [to("weighed", **BY_HEADER)], clusters=[hosts_of(
    "weighed", [([("one", {"load_balancing_weight": 3}), ("two", {"load_balancing_weight": 1})], {})],
    lb_policy="MAGLEV")])
SICK = {"health_status": "UNHEALTHY"}
DEGRADED = {"health_status": "DEGRADED"}
theme("failover", [get() for _ in range(4)], [to("levels")], clusters=[hosts_of(
    "levels", [([("one", SICK)], {"priority": 0}), ([("two", {})], {"priority": 1})])])
# Half of the hosts take all while the factor is 2; with the usual 1.4 chance gives some to the others.
theme("degraded", [get() for _ in range(4)], [to("spared")], clusters=[hosts_of(
    "spared", [([("one", DEGRADED), ("two", {})], {})], {"overprovisioning_factor": 200},
    common_lb_config={"healthy_panic_threshold": {"value": 0}})])
theme("no_panic", [get()], [to("calm")], clusters=[hosts_of(
    "calm", [([("one", SICK)], {})], common_lb_config={"healthy_panic_threshold": {"value": 0}})])
theme("panic_fails", [get()], [to("panicking")], clusters=[hosts_of(
    "panicking", [([("one", SICK)], {})],
    common_lb_config={"zone_aware_lb_config": {"fail_traffic_on_panic": True}})])


def lb(**values):
    return {"metadata": {"filter_metadata": {"envoy.lb": values}}}


def subset(of, path, **values):
    return to(of, prefix(path), metadata_match={"filter_metadata": {"envoy.lb": values}})


for policy in ("NO_FALLBACK", "DEFAULT_SUBSET"):
    of = "subsets_" + policy.lower()
    theme(of, [get(p) for p in ("/1", "/2", "/3", "/s", "/x")],
          [subset(of, "/1", v="1"), subset(of, "/2", v=2), subset(of, "/3", v="3"),
           subset(of, "/s", v=2, stage="dev"), to(of)],
          clusters=[hosts_of(of, [
              ([("one", lb(v="1")), ("two", lb(v=2, stage="dev"))], {})], lb_subset_config={
                  "fallback_policy": policy, "default_subset": {"v": "1"},
                  "subset_selectors": [{"keys": ["v"]}, {"keys": ["v", "stage"]}]})])
theme("overflow_pending", [get(), get()], [to("no_queue")], clusters=[cluster(
    "no_queue", "one", circuit_breakers={"thresholds": [{"max_pending_requests": 0}]})])
theme("overflow_high", [get("/h"), get("/")], [to("split", prefix("/h"), priority="HIGH"), to("split")],
      clusters=[cluster("split", "one", circuit_breakers={"thresholds": [
          {"max_requests": 0, "priority": "HIGH"}]})])
theme("retry_budget", [get(x_id="b1", x_do="once=status=503"), get(x_id="b2", x_do="status=503")],
      [to("budget", retry_policy={"retry_on": "5xx", "num_retries": 2,
                                  "retry_back_off": {"base_interval": "0.001s"}})],
      clusters=[cluster("budget", "one", circuit_breakers={"thresholds": [
          {"retry_budget": {"budget_percent": {"value": 100}, "min_retry_concurrency": 2}}]})])
theme("retry_elsewhere", [get(x_id=f"e{n}", x_do="once=status=503") for n in range(4)],
      [to("levels_both", retry_policy={
          "retry_on": "5xx", "retry_back_off": {"base_interval": "0.001s"}, "retry_priority": {
              "name": "p", "typed_config": typed(
                  "retry.priority.previous_priorities.v3.PreviousPrioritiesConfig", update_frequency=1)}})],
      clusters=[hosts_of("levels_both", [([("one", {})], {"priority": 0}),
                                         ([("two", {})], {"priority": 1})],
                         # All four may retry at the same time, and three is the usual limit.
                         circuit_breakers={"thresholds": [{"max_retries": 1000}]})])

# --- filters ---

ORIGINS = [get(origin=o) for o in ("http://a.test", "http://b.test", "", "http://x.c.test")]
PREFLIGHT = [get(method="OPTIONS", origin=o, access_control_request_method="POST") for o in
             ("http://a.test", "http://b.test", "http://x.c.test")] + [get(method="OPTIONS", origin="http://a.test")]
CORS = typed("filters.http.cors.v3.CorsPolicy", allow_origin_string_match=[{"exact": "http://a.test"}, {"suffix": ".c.test"}],
             allow_methods="GET, POST", allow_headers="x-a", expose_headers="x-b", max_age="9", allow_credentials=True)
theme("cors", ORIGINS + PREFLIGHT + [get("/direct", origin="http://a.test"), get("/none", origin="http://a.test")],
      [direct(200, "d", prefix("/direct")), to("none", prefix("/none")), to()],
      host={"typed_per_filter_config": {"envoy.filters.http.cors": CORS}}, filters=["cors"])
theme("cors_route", ORIGINS + PREFLIGHT, [to(more={"typed_per_filter_config": {"envoy.filters.http.cors": typed(
    "filters.http.cors.v3.CorsPolicy", allow_origin_string_match=[{"prefix": "*"}], max_age="1")}})],
      host={"typed_per_filter_config": {"envoy.filters.http.cors": CORS}}, filters=["cors"])
theme("cors_not_forwarded", ORIGINS + PREFLIGHT, [to()], filters=["cors"],
      host={"typed_per_filter_config": {"envoy.filters.http.cors": {**CORS, "forward_not_matching_preflights": False}}})
theme("cors_none", ORIGINS + PREFLIGHT, [to()], filters=["cors"])
# As gRPC's, the upstream's answers come through: as they are, or frame by frame as text.
WEB = [get(method="POST", content_type=t, accept=a, body=b, x_do="header=content-type:application/grpc" +
           (" body=\0\0\0\0\1x" if "text" in t else "")) for t, a, b in (
    ("application/grpc-web", "*/*", "\0\0\0\0\1x"), ("application/grpc-web-text", "application/grpc-web-text", "AAAAAAF4"),
    ("application/grpc-web-text+proto", "application/grpc-web-text", "AAAA"), ("application/json", "*/*", "{}"),
    ("application/grpc-web-text", "application/grpc-web-text", "AAAAA"))]
WEB += [get("/up", method="POST", content_type=t, accept=t, body="\0\0\0\0\1x" if t.endswith("web") else "AAAAAAF4", x_do=words)
        for t in ("application/grpc-web", "application/grpc-web-text") for words in (
            "status=503 body=50%_\xe4", "status=401 body=", "status=200 header=content-type:text/html chunked body=page",
            "header=content-type:application/grpc body=\0\0\0\0\1x", "header=content-type:application/grpc-web+proto body=\0\0\0\0\1x",
            "status=500 header=content-type:application/grpc body=x", "header=content-type:application/grpc header=grpc-status:5 body=",
            "header=content-type:application/grpc+json body=\0\0\0\0\1x", "reset")]
WEB += [get("/none", method="POST", content_type="application/grpc-web", body=""),
        get("/none", method="POST", content_type="application/grpc-web-text", accept="application/grpc-web-text", body="AAAA"),
        get("/nowhere", method="POST", content_type="application/grpc-web+proto", body=""),
        get("/direct", method="POST", content_type="application/grpc-web", body=""),
        get("/up", method="POST", content_type="application/grpc-web", grpc_accept_encoding="gzip", body="",
            x_do="header=content-type:application/grpc")]
theme("grpc_web", WEB, [to("none", prefix("/none")), to("one", prefix("/up")), to("one", exact("/")),
                        {"match": exact("/direct"), "direct_response": {"status": 429, "body": {"inline_string": "slow down"}}}],
      filters=["grpc_web"])


def http_filter(name, kind, **fields):
    return (f"envoy.filters.http.{name}", typed(f"filters.http.{kind}", **fields))


ALL = {"default_value": {"numerator": 100, "denominator": "HUNDRED"}}
CHANGES = [get(method=m, host="a.test", body="x", **({"origin": o} if o is not None else {}))
           for m in ("POST", "PUT", "DELETE", "PATCH")
           for o in (None, "http://a.test", "https://b.test", "http://x.c.test:81", "null", "a.test")]
theme("csrf", CHANGES + [get(), get(method="POST", body="x", host="a.test", referer="http://a.test/x?y"),
                         get(method="POST", body="x", host="a.test:80", origin="http://a.test:80")],
      [to()], filters=[http_filter("csrf", "csrf.v3.CsrfPolicy", filter_enabled=ALL,
                                   additional_origins=[{"suffix": ".c.test:81"}])])


def policies(action="ALLOW", **named):
    return {"action": action, "policies": {name: {"permissions": [p], "principals": [i]}
                                           for name, (p, i) in named.items()}}


ANY = {"any": True}
RBAC = [get(p, method=m, x_user=u) for p in ("/", "/admin", "/admin/x?y", "/open") for m in ("GET", "DELETE")
        for u in ("root", "guest")]
for name, rules in {
        "path": policies(a=({"url_path": {"path": {"prefix": "/admin"}}}, ANY)),
        "header": policies(a=(ANY, {"header": {"name": "x-user", "string_match": {"exact": "root"}}})),
        "method": policies("DENY", a=({"header": {"name": ":method", "string_match": {"exact": "DELETE"}}}, ANY)),
        "sets": policies(a=({"and_rules": {"rules": [{"not_rule": {"url_path": {"path": {"exact": "/open"}}}}, ANY]}},
                            {"or_ids": {"ids": [{"not_id": ANY}, {"direct_remote_ip": {
                                "address_prefix": "127.0.0.0", "prefix_len": 8}}]}})),
        "log": policies("LOG", a=(ANY, {"not_id": ANY})), "nobody": {"action": "ALLOW"}}.items():
    theme("rbac_" + name, RBAC, [to()], filters=[http_filter("rbac", "rbac.v3.RBAC", rules=rules)])
FAULTY = [get(), get(x_fault="1"), get("/direct", x_fault="1"), get(x_fault="1", content_type="application/grpc"),
          get(x_fault="1", method="POST", body="abc"), get(x_fault="1", method="HEAD"),
          get(x_fault="1", x_envoy_fault_abort_request="503"), get(x_fault="1", x_envoy_fault_abort_request="99")]
FAULT_OF = [{"name": "x-fault", "present_match": True}]
for name, abort in {"status": {"http_status": 418}, "grpc": {"grpc_status": 14}, "asked": {"header_abort": {}}}.items():
    theme("fault_" + name, FAULTY, [direct(200, "d", prefix("/direct")), to()],
          filters=[http_filter("fault", "fault.v3.HTTPFault", headers=FAULT_OF,
                               abort={**abort, "percentage": {"numerator": 100}})])
theme("fault_delay", FAULTY, [to()], filters=[http_filter(
    "fault", "fault.v3.HTTPFault", headers=FAULT_OF,
    delay={"fixed_delay": "0.05s", "percentage": {"numerator": 100}})])
RATE = {"stat_prefix": "rate", "filter_enabled": ALL, "filter_enforced": ALL, "token_bucket": {
    "max_tokens": 2, "tokens_per_fill": 1, "fill_interval": "3600s"}}
RATED = [get() for _ in range(4)] + [get(content_type="application/grpc"), get(method="HEAD"),
                                     get(method="POST", body="abc"), get("/direct"), get("/own"), get("/own"), get("/own")]
OWN_RATE = {"typed_per_filter_config": {"envoy.filters.http.local_ratelimit": typed(
    "filters.http.local_ratelimit.v3.LocalRateLimit", **RATE)}}
for name, fields in {
        "plain": {}, "told": {"enable_x_ratelimit_headers": "DRAFT_VERSION_03"},
        "status": {"status": {"code": "ServiceUnavailable"}, "response_headers_to_add": [add("x-by", "%PROTOCOL%")]},
        "low_status": {"status": {"code": "OK"}}, "exhausted": {"rate_limited_as_resource_exhausted": True},
        "shadow": {"filter_enforced": None, "request_headers_to_add_when_not_enforced": [add("x-fast", "yes")]},
        "off": {"filter_enabled": None}, "no_bucket": {"token_bucket": None},
        "connection": {"local_rate_limit_per_downstream_connection": True}}.items():
    fields = {key: value for key, value in {**RATE, **fields}.items() if value is not None}
    theme("rate_" + name, RATED, [direct(200, "d", prefix("/direct")), to(match=prefix("/own"), more=OWN_RATE), to()],
          filters=[http_filter("local_ratelimit", "local_ratelimit.v3.LocalRateLimit", **fields)])
theme("health_check", [get("/ok"), get("/ok", method="POST", body="x"), get("/ok", method="HEAD"), get("/okay"), get()],
      [to()], filters=[http_filter("health_check", "health_check.v3.HealthCheck", pass_through_mode=False,
                                   headers=[{"name": ":path", "string_match": {"exact": "/ok"}}])])
theme("buffer", [get(), get(method="POST", body="x" * 100), get(method="POST", body="x" * 101),
                 raw("POST / HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
                 get("/off", method="POST", body="x" * 101)],
      [to(match=prefix("/off"), more={"typed_per_filter_config": {"envoy.filters.http.buffer": typed(
          "filters.http.buffer.v3.BufferPerRoute", disabled=True)}}), to()],
      filters=[http_filter("buffer", "buffer.v3.Buffer", max_request_bytes=100)])
STEPS = {"request_mutations": [{"remove": "x-a"}, {"append": add("x-b", "%REQ(x-c)%")}],
         "response_mutations": [{"append": add("x-d", "1", "OVERWRITE_IF_EXISTS_OR_ADD")}, {"remove": "x-from"}]}
theme("header_mutation", [get(), get(x_a="1", x_b="2", x_c="3"), get("/direct", x_a="1")],
      [direct(200, "d", prefix("/direct")), to()],
      filters=[http_filter("header_mutation", "header_mutation.v3.HeaderMutation", mutations=STEPS)])

# --- more of matching and routing ---

theme("grpc_only", [get(content_type=t) for t in ("application/grpc", "application/grpc+proto", "application/grpcx",
                                                  "application/json", "application/grpc-web")] + [get()],
      [to("one", prefix("/", grpc={})), direct(200, "other")])
TEMPLATE = "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig"
ANEW = "type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig"


def template(text):
    return {"path_match_policy": {"name": "envoy.path.match.uri_template.uri_template_matcher",
                                  "typed_config": {"@type": TEMPLATE, "path_template": text}}}


theme("uri_template", [get(p) for p in ("/en/v/42", "/en/v/", "/en/v/42/", "/a/b/c.m4s", "/a/b.m4s", "/a/.m4s", "/x/y?z=1",
                                        "/usa/ny/x/1", "/", "/en/v/4%202")],
      [to("one", template("/{lang}/v/{id}"), path_rewrite_policy={
          "name": "envoy.path.rewrite.uri_template.uri_template_rewriter",
          "typed_config": {"@type": ANEW, "path_template_rewrite": "/{id}/in/{lang}"}}),
       to("two", template("/a/**.m4s")), to("two", template("/{country=usa/*}/x/{rest=**}")), direct(204)])
theme("ignore_port", [get(host=h) for h in ("a.test", "a.test:80", "a.test:9999", "b.test:1", "[::1]:80")],
      hosts=[{"name": "a", "domains": ["a.test"], "routes": [direct(200, "a")]}],
      configuration={"ignore_port_in_host_matching": True})
theme("path_parameters", [get(p) for p in ("/a;x=1", "/a;x=1/b", "/a", "/b;c?d=e", "/;", "/b/;x/c", "/a;x;y=/")],
      [to("one", exact("/a")), to("two", prefix("/b")), direct(204)],
      configuration={"ignore_path_parameters_in_path_matching": True})
theme("weighted_by_header", [get(x_number=n) for n in ("0", "29", "30", "99", "130")],
      [{"match": {"prefix": "/"}, "route": {"weighted_clusters": {
          "header_name": "x-number", "clusters": [{"name": "one", "weight": 30}, {"name": "two", "weight": 70}]}}}])
theme("timeout_retry", [get(x_id="r1", x_do="once=delay=2"), get(x_id="r2", x_do="once=status=503"), get()],
      [retry("5xx", per_try_timeout="0.3s")], host={"include_is_timeout_retry_header": True})

# --- answers of our own, changed ---


def status(code, op="EQ"):
    return {"status_code_filter": {"comparison": {"op": op, "value": {"default_value": code, "runtime_key": "none"}}}}


LOCAL = [get("/none"), get("/nowhere"), get("/direct"), get("/redirect"), get("/reset", x_do="reset"), get("/fine"),
         get("/up", x_do="status=503"), get("/direct", method="HEAD"), get("/none", method="HEAD"),
         get("/none", method="POST", body="abc"), raw("GET /bad HTTP/1.1\r\nhost: t\r\nbad line\r\n\r\n")]
GRPC_CALLS = [get(p, method="POST", content_type="application/grpc", body="") for p in ("/none", "/nowhere", "/direct", "/redirect")]
LOCAL_ROUTES = [to("none", prefix("/none")), direct(418, "direct", prefix("/direct")),
                redirect(prefix("/redirect"), host_redirect="n.test"), to("one", prefix("/reset")), to("one", prefix("/fine")),
                to("one", prefix("/up"))]
for name, config in {
        "text": {"body_format": {"text_format_source": {"inline_string": "[%RESPONSE_CODE%] %LOCAL_REPLY_BODY% %REQ(x-none)% %REQ(:path)%\n"}}},
        "typed": {"body_format": {"text_format_source": {"inline_string": "<p>%LOCAL_REPLY_BODY%</p>"}, "content_type": "text/html; charset=UTF-8"}},
        "json": {"body_format": {"json_format": {"code": "%RESPONSE_CODE%", "text": "%LOCAL_REPLY_BODY%", "path": "%REQ(:path)%",
                                                 "none": "%REQ(x-none)%", "both": "%RESPONSE_CODE% %PROTOCOL%", "in": {"list": ["a", "%RESPONSE_FLAGS%"]}}}},
        "status": {"mappers": [{"filter": status(503), "status_code": 504}, {"filter": status(404), "status_code": 503},
                               {"filter": status(301), "status_code": 308}, {"filter": status(418), "status_code": 200}]},
        "body": {"mappers": [{"filter": status(400, "GE"), "body": {"inline_string": "said otherwise"},
                              "headers_to_add": [add("x-added", "%RESPONSE_CODE% %LOCAL_REPLY_BODY%"),
                                                 add("x-once", "1", "ADD_IF_ABSENT")]}]},
        "empty": {"mappers": [{"filter": status(400, "GE"), "body": {"inline_string": ""}}]},
        "type": {"mappers": [{"filter": status(400, "GE"), "headers_to_add": [
            add("content-type", "application/problem", "OVERWRITE_IF_EXISTS_OR_ADD")]}], "body_format": {
                "text_format_source": {"inline_string": "p %LOCAL_REPLY_BODY%"}}},
        "override": {"mappers": [{"filter": {"header_filter": {"header": {"name": ":method", "string_match": {"exact": "HEAD"}}}},
                                  "body_format_override": {"text_format_source": {"inline_string": "head"}}},
                                 {"filter": {"and_filter": {"filters": [status(404, "GE"), {"not_health_check_filter": {}}]}},
                                  "body_format_override": {"json_format": {"m": "%RESPONSE_FLAGS%"}}},
                                 {"filter": {"response_flag_filter": {"flags": ["NR"]}}, "status_code": 500}],
                     "body_format": {"text_format_source": {"inline_string": "all"}}}}.items():
    theme("local_reply_" + name, LOCAL + GRPC_CALLS, LOCAL_ROUTES, http={"local_reply_config": config})
theme("local_reply_grpc", GRPC_CALLS, LOCAL_ROUTES)
theme("edits_local", [get("/none"), get("/reset", x_do="reset"), get("/none", method="HEAD")],
      [to("none", prefix("/none"), more=EDITS), to(more=EDITS)],
      host={"response_headers_to_add": [add("x-answer", "host")]})
theme("direct_format", [get("/a/b"), get("/a", method="HEAD"), get("/j")],
      [{"match": prefix("/a"), "direct_response": {"status": 200, "body": {"inline_string": "x"}, "body_format": {
          "text_format_source": {"inline_string": "%LOCAL_REPLY_BODY% of %REQ(:path)%"}}}},
       {"match": prefix("/j"), "direct_response": {"status": 200, "body_format": {"json_format": {"p": "%REQ(:path)%"}}}}])

# --- redirects that are followed ---


def predicate(kind, **fields):
    return {"name": kind, "typed_config": typed(f"internal_redirect.{kind}", **fields)}


def follow(name, match="/", **policy):
    return to("one", prefix(match), more={"name": name}, internal_redirect_policy=policy)


MOVES = iter(range(10**6))


def moved(location, code=302, path="/a", **more):
    return get(path, x_id=f"moved{next(MOVES)}", x_do=f"once=status={code} once=header=location:{location}", **more)


PLACES = ["http://b.test/x?y=1", "http://b.test:81/x", "http://B.test", "/relative", "//b.test/x", "", "https://b.test/x", "ftp://b.test/x",
          "http://b.test/x#y", "http://b.test?q=1", "nonsense", "http://", "http:///x", "http://b.test/direct", "http://b.test/two", "http://b.test/%20",
          "http://[::1]:80/x"]
theme("follow", [moved(place) for place in PLACES] + [moved("http://b.test/x", code) for code in (301, 303, 307, 308, 304)]
      + [moved("http://b.test/x", method="POST", body="the body"), moved("http://b.test/x", method="HEAD"), get("/a"),
         raw("POST /a HTTP/1.1\r\nhost: t\r\nx-id: chunked\r\nx-do: once=status=302 once=header=location:http://b.test/x\r\n"
             "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"),
         get("/a", x_id="no location", x_do="once=status=302"),
         get("/a", x_do="status=302 header=location:http://b.test/x"),
         get("/a", x_id="chunked answer", x_do="once=status=302 once=header=location:http://b.test/x once=chunked")],
      [direct(200, "d", prefix("/direct")), to("two", prefix("/two")), follow("all")])
theme("follow_codes", [moved("http://b.test/x", code, method=m, body=b) for code in (301, 302, 303, 307, 308)
                       for m, b in (("GET", None), ("POST", "abc"))],
      [follow("all", redirect_response_codes=[301, 303, 307, 308])])
theme("follow_rewritten", [moved("http://b.test/x/y", path="/a/b?c")],
      [to("one", prefix("/a"), prefix_rewrite="/new", host_rewrite_literal="host.test", internal_redirect_policy={},
          more={"request_headers_to_add": [add("x-first", "1")]}),
       to("one", prefix("/x"), prefix_rewrite="/again", more={"request_headers_to_add": [add("x-second", "1")]})])
theme("follow_often", [get("/a", x_do="status=302 header=location:http://b.test/x")], [follow("all", max_internal_redirects=3)],
      http={"via": "me"})
theme("follow_cross_scheme", [moved("https://b.test/x"), moved("http://b.test/x", x_forwarded_proto="https")],
      [follow("all", allow_cross_scheme_redirect=True)])
theme("follow_safe", [moved("https://b.test/x"), moved("http://b.test/x")],
      [follow("all", allow_cross_scheme_redirect=True, predicates=[predicate("safe_cross_scheme.v3.SafeCrossSchemeConfig")])])
theme("follow_listed", [moved("http://b.test/x"), moved("http://b.test/y"), moved("http://b.test/direct")],
      [{**direct(200, "d", prefix("/direct")), "name": "d"}, to("two", prefix("/x"), more={"name": "x"}),
       to("two", prefix("/y"), more={"name": "y"}), follow("all", predicates=[predicate(
           "allow_listed_routes.v3.AllowListedRoutesConfig", allowed_route_names=["x", "d"])])])
theme("follow_previous", [get("/a", x_do="status=302 header=location:http://b.test/a"),
                          get("/b", x_do="status=302 header=location:http://b.test/a")],
      [follow("a", "/a", max_internal_redirects=5, predicates=[predicate("previous_routes.v3.PreviousRoutesConfig")]),
       follow("b", "/b", max_internal_redirects=5, predicates=[predicate("previous_routes.v3.PreviousRoutesConfig")])])
theme("follow_copy", [get("/a", x_id="copy", x_token="old", x_gone="1",
                          x_do="once=status=302 once=header=location:http://b.test/x once=header=x-token:new")],
      [follow("all", response_headers_to_copy=["x-token", "x-gone", "x-none"])])
theme("follow_limited", [moved("http://b.test/x", method="POST", body="x" * n) for n in (9, 10, 11, 200)],
      [{**follow("all"), "per_request_buffer_limit_bytes": 10}])
theme("follow_retry", [get("/a", x_id="fr", x_do="once=status=503"), moved("http://b.test/x", path="/a")],
      [to("one", internal_redirect_policy={}, retry_policy={"retry_on": "5xx", "retry_back_off": {"base_interval": "0.001s"}})])

# --- counted by route, and what is left ---

theme("virtual_clusters", [get("/users"), get("/x", method="POST", body="")], [to(more={"stat_prefix": "all"})],
      host={"virtual_clusters": [{"name": "users", "headers": [{"name": ":path", "string_match": {"prefix": "/users"}}]}],
            "response_headers_to_add": [add("x-cluster", "%VIRTUAL_CLUSTER_NAME%")]})
theme("non_forwarding", [get(), get(method="POST", body="x")], [{"match": {"prefix": "/"}, "non_forwarding_action": {}}])
theme("per_try_idle", [get(x_id="i1", x_do="once=delay=2"), get(x_id="i2", x_do="delay=2"), get(x_id="i3", x_do="delay=0.1")],
      [retry("reset", per_try_idle_timeout="0.4s")])
TRUSTED = {"use_remote_address": True, "internal_address_config": {"cidr_ranges": [{"address_prefix": "0.0.0.0", "prefix_len": 0}]}}
STRICT = ("x-envoy-upstream-rq-timeout-ms", "x-envoy-upstream-rq-per-try-timeout-ms", "x-envoy-max-retries",
          "x-envoy-retry-grpc-on", "x-envoy-retry-on")
theme("strict_fields", [get(**{name: value}) for name in STRICT for value in ("5000", "x", "", "5xx", "cancelled", "5xx,bad", "-1")]
      + [get("/none", **{"x-envoy-max-retries": "x"})],
      [to("none", prefix("/none")), to()], filters=[("envoy.filters.http.router", typed(
          "filters.http.router.v3.Router", strict_check_headers=list(STRICT)))], http=TRUSTED)
theme("expected_timeout", [get(x_do="delay=2", x_envoy_expected_rq_timeout_ms="300"),
                           get(x_do="delay=2", x_envoy_upstream_rq_timeout_ms="300"),
                           get(x_do="delay=0.1", x_envoy_expected_rq_timeout_ms="900", x_envoy_upstream_rq_timeout_ms="1"),
                           get(x_envoy_expected_rq_timeout_ms="x")],
      [to()], filters=[("envoy.filters.http.router", typed(
          "filters.http.router.v3.Router", respect_expected_rq_timeout=True))], http=TRUSTED)
OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def upstream_options(**fields):
    return {"typed_extension_protocol_options": {OPTIONS: typed(
        "upstreams.http.v3.HttpProtocolOptions", **{"explicit_http_config": {"http_protocol_options": {}}, **fields})}}


theme("answer_limits", [get(x_do="header=x-big:" + "a" * size) for size in (100, 2000)]
      + [get(x_do=" ".join(f"header=x-{i}:1" for i in range(n))) for n in (5, 30)],
      [to("small")], clusters=[cluster("small", "one", **upstream_options(
          common_http_protocol_options={"max_response_headers_kb": 1, "max_headers_count": 20}))])
SPELLED = [raw("GET / HTTP/1.1\r\nHOST: t\r\nX-mine: 1\r\nSOAPAction: 2\r\nx-b3-traceid: 3\r\nx-do: names header=x-OWN:1 header=x-own:2\r\n\r\n"),
           raw("POST / HTTP/1.1\r\nHost: t\r\nCONTENT-length: 2\r\nX-Do: names chunked\r\n\r\nab"),
           raw("GET /direct HTTP/1.1\r\nHost: t\r\n\r\n"), raw("GET /none HTTP/1.1\r\nHost: t\r\n\r\n")]
KEEP = {"header_key_format": {"stateful_formatter": {"name": "preserve_case", "typed_config": typed(
    "http.header_formatters.preserve_case.v3.PreserveCaseFormatterConfig")}}}
PROPER = {"header_key_format": {"proper_case_words": {}}}
for name, down, up in (("proper", PROPER, PROPER), ("kept", KEEP, KEEP), ("kept_down", KEEP, {}), ("kept_up", {}, KEEP),
                       ("mixed", PROPER, KEEP), ("usual", {}, {})):
    theme("spelling_" + name, SPELLED, [direct(200, "d", prefix("/direct")), to("none", prefix("/none")), to("spelled_" + name)],
          http={"http_protocol_options": down}, clusters=[cluster("spelled_" + name, "one", **upstream_options(
              explicit_http_config={"http_protocol_options": up}))])
# --- gRPC for clients of HTTP/1 ---

MESSAGE = "\0\0\0\0\1x"
BRIDGED = [get("/s.S/m", method="POST", content_type=kind, body=MESSAGE, x_do="header=content-type:application/grpc " + words)
           for kind in ("application/grpc", "application/grpc+proto", "application/json", "application/x-protobuf")
           for words in ("body=abc", "chunked body=abcdefgh", "chunked body=abcdefgh trailer=grpc-status:0",
                         "chunked body=abcdefgh trailer=grpc-status:5 trailer=grpc-message:no",
                         "chunked body= trailer=grpc-status:13", "chunked body=abcdefgh trailer=grpc-status:x",
                         "status=500 body=e", "header=grpc-status:7 body=", "partial chunked body=abcdefgh", "reset")]
BRIDGED += [get("/s.S/m?a=b", method="POST", content_type=kind, body=MESSAGE) for kind in (
    "application/grpc", "application/x-protobuf")]
BRIDGED += [get("/none", method="POST", content_type="application/grpc", body=MESSAGE),
            get("/nowhere", method="POST", content_type="application/grpc", body=MESSAGE),
            get("/s.S/m", method="POST", content_type="application/x-protobuf", body="")]
# Bare messages in chunks: one that is empty has no frame.
BRIDGED += [raw("POST /s.S/m HTTP/1.1\r\nhost: test\r\ncontent-type: application/x-protobuf\r\ntransfer-encoding: chunked\r\n"
                "x-do: header=content-type:application/grpc told chunked body=abcdefgh trailer=grpc-status:0\r\n\r\n" + chunks + "0\r\n\r\n")
            for chunks in ("", "1\r\na\r\n", "1\r\na\r\n2\r\nbc\r\n")]
# Envoy lets no trailers through to and from an upstream of HTTP/1 unless it is told to.
TRAILERS = {"typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": typed(
    "upstreams.http.v3.HttpProtocolOptions", explicit_http_config={"http_protocol_options": {"enable_trailers": True}})}}


def bridge(name, **fields):
    clusters = [cluster(f"{name}_{of}", of, **TRAILERS) for of in ("one", "two")]
    theme(name, BRIDGED, [to("none", prefix("/none")), to(name + "_two", prefix("/s", grpc={})), to(name + "_one", prefix("/s"))],
          filters=[http_filter("grpc_http1_bridge", "grpc_http1_bridge.v3.Config", **fields)], clusters=clusters)


bridge("grpc_bridge")
bridge("grpc_bridge_upgrade", upgrade_protobuf_to_grpc=True, ignore_query_parameters=True)

# --- HTTP/2 in, HTTP/1 out ---


def h2(path="/", method="GET", body=None, trailers=(), authority="test", scheme="http", more=(), without=(), open=False, **fields):
    """`fields`: x_a for x-a; `more`: pairs, behind them; `open`: the request has no end."""
    head = [(name, value) for name, value in ((":method", method), (":scheme", scheme), (":authority", authority),
                                              (":path", path)) if name not in without]
    head += [(name.replace("_", "-"), value) for name, value in fields.items()]
    return Request(head + list(more), None if body is None else body.encode("latin-1"), list(trailers), open)


SEVERAL = [("cookie", "a=1"), ("cookie", "b=2"), ("x-list", "1"), ("x-list", "2")]
theme("h2_heads", [
    h2(), h2("/a?b=c"), h2(method="HEAD"), h2("*", method="OPTIONS"), h2("/x", method="OPTIONS"), h2(authority="a.test:80"),
    h2(authority="A.Test"), h2(scheme="https"), h2(more=SEVERAL), h2(te="trailers"), h2(more=[("host", "test")]),
    h2(more=[("host", "test")], without=[":authority"]), h2(accept_encoding="gzip, br"), h2(x_empty=""),
    h2(x_forwarded_for="1.2.3.4"), h2(x_forwarded_proto="https"), h2(user_agent="a/1 (b)"), h2(more=[("priority", "u=1, i")]),
    h2(method="DELETE"), h2(method="PATCH", body="abc"), h2(method="POST", body=""), h2(method="POST"),
    h2(expect="100-continue", method="POST", body="abc", content_length="3")], [to()])
theme("h2_bodies", [
    h2(method="POST", body=b, **more) for b in ("a", "a" * 100, "a" * 20000) for more in ({}, {"content_length": str(len(b))})] + [
    h2(method="POST", body="abc", trailers=[("x-t", "1")]), h2(method="POST", body="abc", content_length="3", trailers=[("x-t", "1")]),
    h2(method="POST", trailers=[("x-t", "1")])] + [
    h2(x_do=words) for words in ("chunked", "chunked body=", "status=204", "status=304", "body=", "status=503 body=x", "close",
                                 "reset", "partial", "chunked trailer=grpc-status:0", "header=connection:x-a header=x-a:1",
                                 "header=keep-alive:timeout=5", "header=upgrade:h2c", "header=proxy-connection:close")] + [
    h2(method="HEAD", x_do="chunked"), h2(method="HEAD", x_do="status=404")],
      [to("bodies")], clusters=[cluster("bodies", "one", **TRAILERS)])
# What RFC 9113 section 8 forbids.
theme("h2_malformed", [
    h2(without=[":method"]), h2(without=[":scheme"]), h2(without=[":path"]), h2(without=[":authority"]), h2(path=""),
    h2(more=[(":path", "/again")]), h2(more=[(":unknown", "x")]), h2(connection="close"), h2(keep_alive="timeout=5"),
    h2(proxy_connection="close"), h2(transfer_encoding="chunked", method="POST", body="a"), h2(upgrade="h2c"), h2(te="gzip"),
    h2(te="trailers, deflate"), h2(more=[("X-Upper", "1")]), h2(more=[("x a", "1")]), h2(more=[("", "1")]),
    h2(more=[("x-a", "a\nb")]), h2(more=[("x-a", "a\0b")]), h2(more=[("x-a", " a")]), h2(more=[("host", "other")]),
    h2(method="POST", body="abc", content_length="4"), h2(method="POST", body="abc", content_length="2"),
    h2(content_length="3"), h2(method="POST", body="abc", content_length="x"),
    h2(method="POST", body="abc", more=[("content-length", "3"), ("content-length", "3")]),
    h2(method="POST", body="abc", trailers=[(":status", "200")]), h2(method="POST", body="a", trailers=[("connection", "x")]),
    h2(method="POST", body="a", trailers=[("content-length", "1")]), h2(method="CONNECT", without=[":scheme", ":path"]),
    h2(method="CONNECT"), h2(method="TRACE"), h2(method="G T"), h2(authority="a@b"), h2(authority="a b"), h2(authority=""),
    h2("no-slash"), h2("/a#b"), h2("/a b"), h2("/\xe4")], [to()],
      http={"http2_protocol_options": {"override_stream_error_on_invalid_http_message": True}})
GRPC = {"content_type": "application/grpc", "te": "trailers"}
theme("h2_grpc", [h2(path, method="POST", body=MESSAGE, x_do=words, **{**GRPC, **more})
                  for path in ("/s.S/m", "/none", "/nowhere", "/direct") for words, more in (
                      ("header=content-type:application/grpc chunked body=abc trailer=grpc-status:0", {}),
                      ("header=content-type:application/grpc header=grpc-status:5 body=", {}),
                      ("status=503 body=x", {}), ("status=401 body=", {}), ("reset", {}),
                      ("delay=2", {"grpc_timeout": "100m"}), ("body=x", {"grpc_timeout": "nonsense"}))],
      [to("none", prefix("/none")), to("calls", prefix("/s"), max_stream_duration={"grpc_timeout_header_max": "3s"}),
       direct(403, "no", prefix("/direct"))], clusters=[cluster("calls", "one", **TRAILERS)])
# What a call that takes too long is told: by the listener's limit, by the route's, by its timeout; whole and unfinished.
theme("h2_grpc_limits", [h2(path, method="POST", body=MESSAGE, x_do="delay=2", open=unfinished, **GRPC)
                         for path in ("/listener", "/route", "/timeout", "/try") for unfinished in (False, True)],
      [to("one", prefix("/route"), max_stream_duration={"max_stream_duration": "0.3s"}),
       to("one", prefix("/timeout"), timeout="0.3s"),
       to("one", prefix("/try"), retry_policy={"retry_on": "5xx", "num_retries": 0, "per_try_timeout": "0.3s"}), to()],
      http={"common_http_protocol_options": {"max_stream_duration": "1s"}})
theme("h2_websocket", [h2(method="CONNECT", more=[(":protocol", "websocket")]), h2(upgrade="websocket")], [to()])

# --- tunnels to HTTP/2 ---

KEY = {"connection": "upgrade", "upgrade": "websocket", "sec_websocket_key": "dGhlIHNhbXBsZSBub25jZQ==", "sec_websocket_version": "13"}
H2_UPSTREAM = upstream_options(explicit_http_config={"http2_protocol_options": {}})
TUNNELS = {"upgrade_configs": [{"upgrade_type": "websocket"}, {"upgrade_type": "custom"}], "http2_protocol_options": {"allow_connect": True}}
theme("tunnel_h1_to_h2", [get("/chat", **KEY), get("/chat?a=b", connection="upgrade", upgrade="custom"), get("/off", **KEY),
                          get("/none", **KEY), get("/plain"), get("/plain", method="POST", body="abc")]
      + [get("/chat", **KEY, x_do=words) for words in (
          "status=404", "status=503", "reset", "header=sec-websocket-protocol:chat", "header=content-length:3")],
      [to("none", prefix("/none")), to("t12", prefix("/off"), upgrade_configs=[{"upgrade_type": "websocket", "enabled": False}]), to("t12")],
      http=TUNNELS, clusters=[cluster("t12", "h2", **H2_UPSTREAM)])
EXTENDED = [(":protocol", "websocket"), ("sec-websocket-version", "13")]
theme("tunnel_h2_to_h2", [h2("/chat", method="CONNECT", body="ping", more=EXTENDED), h2("/plain"),
                          h2(method="CONNECT", without=[":scheme", ":path"], authority="a.test:443", body="ping")]
      + [h2("/chat", method="CONNECT", body="ping", more=EXTENDED + [("x-do", words)]) for words in ("status=404", "reset")],
      [{"match": {"connect_matcher": {}}, "route": {"cluster": "t22", "upgrade_configs": [{"upgrade_type": "CONNECT"}]}}, to("t22")],
      http=TUNNELS, clusters=[cluster("t22", "h2", **H2_UPSTREAM)])
