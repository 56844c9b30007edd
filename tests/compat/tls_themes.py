"""What is compared of TLS: what a handshake comes to, which chain and certificate a name chooses,
what is told of a client's certificate, and which upstreams are trusted. Imported for its themes.

Another upstream is there for them: `tls`, with the certificate `a`."""
import certificates
from themes import cluster, direct, get, prefix, theme, to, typed

TRUST = {"trusted_ca": {"filename": certificates.of("ca")}}


class Over(bytes):
    """A request that goes over TLS: with what its client has and asks for."""

    def __new__(cls, request, **tls):
        made = super().__new__(cls, request)
        made.tls = tls
        return made


def over(request=get(), **tls):
    return Over(request, **tls)


def downstream(common=None, certs=("a",), **more):
    chosen = [{"certificate_chain": {"filename": certificates.of(name)},
               "private_key": {"filename": certificates.key(name)}} for name in certs]
    return {"name": "envoy.transport_sockets.tls", "typed_config": typed(
        "transport_sockets.tls.v3.DownstreamTlsContext",
        common_tls_context={"tls_certificates": chosen, **(common or {})}, **more)}


def upstream(common=None, **more):
    return {"name": "envoy.transport_sockets.tls", "typed_config": typed(
        "transport_sockets.tls.v3.UpstreamTlsContext", common_tls_context=common or {}, **more)}


def san(kind, **text):
    return {"san_type": kind, "matcher": text}


SUITES = ("ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305",
          "ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA", "ECDHE-RSA-AES256-SHA", "AES128-GCM-SHA256",
          "AES256-SHA", "DHE-RSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256")
VERSIONS = [over(versions=(low, high)) for low, high in (
    ("1.0", "1.0"), ("1.1", "1.1"), ("1.2", "1.2"), ("1.3", "1.3"), ("1.0", "1.3"), ("1.1", "1.2"))]
ALPN = [over(alpn=names) for names in (["http/1.1"], ["h2"], ["h2", "http/1.1"], ["http/1.0", "http/1.1"], ["spdy/3"],
                                       ["http/1.0"])] + [over()]
NAMES = [over(sni=name) for name in ("a.test", "A.TEST", "x.wild.test", "x.y.wild.test", "wild.test", "b.test", "c.test")] + [over(), get()]

theme("tls_versions", VERSIONS, [to()], chains=[({}, downstream(), None)])
theme("tls_1_3_only", VERSIONS, [to()], chains=[({}, downstream(
    {"tls_params": {"tls_minimum_protocol_version": "TLSv1_3"}}), None)])
theme("tls_1_2_only", VERSIONS, [to()], chains=[({}, downstream(
    {"tls_params": {"tls_maximum_protocol_version": "TLSv1_2"}}), None)])
theme("tls_suites", [over(versions=("1.2", "1.2"), ciphers=name) for name in SUITES], [to()],
      chains=[({}, downstream(certs=("a", "rsa")), None)])
theme("tls_suites_chosen", [over(versions=("1.2", "1.2"), ciphers=name) for name in SUITES], [to()],
      chains=[({}, downstream({"tls_params": {"cipher_suites": ["ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-SHA"]}},
                              certs=("a", "rsa")), None)])
theme("tls_alpn", ALPN, [to()], chains=[({}, downstream({"alpn_protocols": ["http/1.1", "http/1.0"]}), None)])
theme("tls_no_alpn", ALPN, [to()], chains=[({}, downstream(), None)])
theme("tls_sni_certificate", NAMES, [to()], chains=[({}, downstream(certs=("a", "b")), None)])
theme("tls_sni_chains", NAMES, [direct(200, "default")], chains=[
    ({"server_names": ["a.test"]}, downstream(), [direct(200, "a")]),
    ({"server_names": ["*.wild.test"]}, downstream(), [direct(200, "wild")]),
    ({"server_names": ["b.test", "*.y.wild.test"]}, downstream(certs=("b",)), [direct(200, "b")]),
    ({"transport_protocol": "raw_buffer"}, None, [direct(200, "plain")]),
    ({}, downstream(), [direct(200, "rest")])])
theme("tls_alpn_chains", ALPN, [direct(200, "default")], chains=[
    ({"application_protocols": ["http/1.0"]}, downstream(), [direct(200, "1.0")]),
    ({"application_protocols": ["spdy/3", "h2"], "transport_protocol": "tls"}, downstream(), [direct(200, "new")]),
    ({}, downstream(), [direct(200, "rest")])])
theme("tls_require_sni", NAMES[:2] + NAMES[-2:], [to()], chains=[({}, downstream(require_sni=True), None)])
CLIENTS = [over(cert=name, versions=("1.2", version)) for version in ("1.2", "1.3")
           for name in ("client", "other", "unknown", "nameless", None)]
for name, validation in {
        "trusted": TRUST, "san": {**TRUST, "match_typed_subject_alt_names": [san("URI", exact="spiffe://test/client")]},
        "san_prefix": {**TRUST, "match_typed_subject_alt_names": [san("URI", prefix="spiffe://test/")]},
        "san_dns": {**TRUST, "match_typed_subject_alt_names": [san("DNS", suffix=".test"), san("EMAIL", exact="a@b")]},
        "pinned": {**TRUST, "verify_certificate_hash": [certificates.sha256("client")]},
        "pinned_alone": {"verify_certificate_hash": [certificates.sha256("unknown")]},
        "untrusted": {**TRUST, "trust_chain_verification": "ACCEPT_UNTRUSTED"}}.items():
    for required in (True, False):
        theme(f"tls_client_{name}" + ("_required" if required else ""), CLIENTS, [to()], chains=[({}, downstream(
            {"validation_context": validation}, require_client_certificate=required), None)])
XFCC = "By=spiffe://x/y;Hash=00;Subject=\"\""
TOLD = [over(get(**fields), cert=cert) for cert in ("client", "other", "nameless", None)
        for fields in ({}, {"x_forwarded_client_cert": XFCC})]
for mode in ("SANITIZE", "FORWARD_ONLY", "APPEND_FORWARD", "SANITIZE_SET", "ALWAYS_FORWARD_ONLY"):
    theme("xfcc_" + mode.lower(), TOLD, [to()], http={
        "forward_client_cert_details": mode,
        "set_current_client_cert_details": {"subject": True, "cert": True, "chain": True, "dns": True, "uri": True}},
          chains=[({}, downstream({"validation_context": TRUST}), None)])
theme("xfcc_little", TOLD, [to()], http={"forward_client_cert_details": "SANITIZE_SET"},
      chains=[({}, downstream({"validation_context": TRUST}), None)])

# --- upstreams ---

AUTO = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def auto(**options):
    return {"typed_extension_protocol_options": {AUTO: {
        "@type": "type.googleapis.com/" + AUTO, "upstream_http_protocol_options": options,
        "explicit_http_config": {"http_protocol_options": {}}}}}


def trusting(**more):
    return upstream({"validation_context": {**TRUST, **more}})


UPSTREAMS = {
    "unverified": upstream(), "trusted": trusting(), "plain": None,
    "san": trusting(match_typed_subject_alt_names=[san("DNS", exact="a.test")]),
    "san_wild": trusting(match_typed_subject_alt_names=[san("DNS", exact="q.wild.test")]),
    "san_wrong": trusting(match_typed_subject_alt_names=[san("DNS", exact="b.test")]),
    "san_uri": trusting(match_typed_subject_alt_names=[san("URI", prefix="spiffe://test/")]),
    "stranger": upstream({"validation_context": {"trusted_ca": {"filename": certificates.of("stranger")}}}),
    "too_new": upstream({"tls_params": {"tls_minimum_protocol_version": "TLSv1_3"}}),
    "too_old": upstream({"tls_params": {"tls_maximum_protocol_version": "TLSv1_2"}}),
    "sni": upstream(sni="x.wild.test"), "sni_san": upstream({"validation_context": TRUST}, sni="a.test", auto_sni_san_validation=True),
    "sni_san_wrong": upstream({"validation_context": TRUST}, sni="b.test", auto_sni_san_validation=True)}
theme("tls_upstream", [get("/" + name) for name in UPSTREAMS] + [get("/" + name) for name in UPSTREAMS],
      [to("up_" + name, {"path": "/" + name}) for name in UPSTREAMS],
      clusters=[cluster("up_" + name, "tls", **({"transport_socket": socket} if socket else {}))
                for name, socket in UPSTREAMS.items()])
# Towards upstreams TLS 1.3 has to be asked for.
VERSIONS_UP = {"usual": {}, "empty": {"tls_params": {}}, "at_most_13": {"tls_params": {"tls_maximum_protocol_version": "TLSv1_3"}},
               "at_most_12": {"tls_params": {"tls_maximum_protocol_version": "TLSv1_2"}},
               "auto": {"tls_params": {"tls_minimum_protocol_version": "TLSv1_2", "tls_maximum_protocol_version": "TLS_AUTO"}},
               "just_13": {"tls_params": {"tls_minimum_protocol_version": "TLSv1_3", "tls_maximum_protocol_version": "TLSv1_3"}},
               "at_least_13": {"tls_params": {"tls_minimum_protocol_version": "TLSv1_3"}}}
theme("tls_upstream_versions", [get("/" + name) for name in VERSIONS_UP], [to("version_" + name, {"path": "/" + name}) for name in VERSIONS_UP],
      clusters=[cluster("version_" + name, "tls13", transport_socket=upstream(common)) for name, common in VERSIONS_UP.items()])
HOSTS = [get(host=name, x_name=other) for name in ("a.test", "a.test:80", "q.wild.test", "b.test", "127.0.0.1", "[::1]:80")
         for other in ("", "w.wild.test", "b.test:443")]
for name, options, socket in (
        ("sni", {"auto_sni": True}, upstream(sni="fallback.test")),
        ("sni_verified", {"auto_sni": True}, trusting()),
        ("san", {"auto_sni": True, "auto_san_validation": True}, trusting()),
        ("san_alone", {"auto_san_validation": True}, upstream({"validation_context": TRUST}, sni="fallback.test")),
        ("header", {"auto_sni": True, "auto_san_validation": True, "override_auto_sni_header": "x-name"}, trusting())):
    theme("auto_" + name, HOSTS, [to("auto_" + name)],
          clusters=[cluster("auto_" + name, "tls", transport_socket=socket, **auto(**options))])
theme("auto_dotted", [get(host="a.test."), get(host="a.test.:80")], [to("auto_dotted")],
      clusters=[cluster("auto_dotted", "tls", transport_socket=trusting(), **auto(auto_sni=True, auto_san_validation=True))])
REWRITTEN = cluster("auto_rewritten", "tls", transport_socket=upstream(), **auto(auto_sni=True, override_auto_sni_header="x-name"))
REWRITTEN["load_assignment"]["endpoints"][0]["lb_endpoints"][0]["endpoint"]["hostname"] = "host.test"
theme("auto_rewritten", [get("/literal", host="a.test"), get("/header", host="a.test", x_host="new.test"), get("/added", host="a.test"),
                         get("/auto", host="a.test"), get("/removed", host="a.test", x_name="b.test")],
      [to("auto_rewritten", prefix("/literal"), host_rewrite_literal="new.test"),
       to("auto_rewritten", prefix("/header"), host_rewrite_header="x-host"),
       to("auto_rewritten", prefix("/auto"), auto_host_rewrite=True),
       to("auto_rewritten", prefix("/removed"), more={"request_headers_to_remove": ["x-name"]}),
       to("auto_rewritten", prefix("/added"), more={"request_headers_to_add": [{"header": {"key": "x-name", "value": "new.test"}}]})],
      clusters=[REWRITTEN])
