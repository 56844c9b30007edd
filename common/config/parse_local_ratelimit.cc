// envoy.filters.http.local_ratelimit, of the filter and of single routes and virtual hosts: the
// same message.
#include "common/config/parse.h"
#include "common/config/parse_filters.h"

namespace convoy::config {

namespace {

// envoy.type.v3.StatusCode, as far as it can refuse.
int parseStatus(const TreeNode& node, const std::string& path, Diagnostics& d) {
  Reader r(node, path, "envoy.type.v3.HttpStatus", d);
  r.required("code");
  const int status = r.enumeration("code",
                                   {{"CONTINUE", 100, 100},
                                    {"OK", 200, 200},
                                    {"CREATED", 201, 201},
                                    {"ACCEPTED", 202, 202},
                                    {"NONAUTHORITATIVEINFORMATION", 203, 203},
                                    {"NOCONTENT", 204, 204},
                                    {"RESETCONTENT", 205, 205},
                                    {"PARTIALCONTENT", 206, 206},
                                    {"MULTISTATUS", 207, 207},
                                    {"ALREADYREPORTED", 208, 208},
                                    {"IMUSED", 226, 226},
                                    {"MULTIPLECHOICES", 300, 300},
                                    {"MOVEDPERMANENTLY", 301, 301},
                                    {"FOUND", 302, 302},
                                    {"SEEOTHER", 303, 303},
                                    {"NOTMODIFIED", 304, 304},
                                    {"USEPROXY", 305, 305},
                                    {"TEMPORARYREDIRECT", 307, 307},
                                    {"PERMANENTREDIRECT", 308, 308},
                                    {"BADREQUEST", 400, 400},
                                    {"UNAUTHORIZED", 401, 401},
                                    {"PAYMENTREQUIRED", 402, 402},
                                    {"FORBIDDEN", 403, 403},
                                    {"NOTFOUND", 404, 404},
                                    {"METHODNOTALLOWED", 405, 405},
                                    {"NOTACCEPTABLE", 406, 406},
                                    {"PROXYAUTHENTICATIONREQUIRED", 407, 407},
                                    {"REQUESTTIMEOUT", 408, 408},
                                    {"CONFLICT", 409, 409},
                                    {"GONE", 410, 410},
                                    {"LENGTHREQUIRED", 411, 411},
                                    {"PRECONDITIONFAILED", 412, 412},
                                    {"PAYLOADTOOLARGE", 413, 413},
                                    {"URITOOLONG", 414, 414},
                                    {"UNSUPPORTEDMEDIATYPE", 415, 415},
                                    {"RANGENOTSATISFIABLE", 416, 416},
                                    {"EXPECTATIONFAILED", 417, 417},
                                    {"MISDIRECTEDREQUEST", 421, 421},
                                    {"UNPROCESSABLEENTITY", 422, 422},
                                    {"LOCKED", 423, 423},
                                    {"FAILEDDEPENDENCY", 424, 424},
                                    {"UPGRADEREQUIRED", 426, 426},
                                    {"PRECONDITIONREQUIRED", 428, 428},
                                    {"TOOMANYREQUESTS", 429, 429},
                                    {"REQUESTHEADERFIELDSTOOLARGE", 431, 431},
                                    {"INTERNALSERVERERROR", 500, 500},
                                    {"NOTIMPLEMENTED", 501, 501},
                                    {"BADGATEWAY", 502, 502},
                                    {"SERVICEUNAVAILABLE", 503, 503},
                                    {"GATEWAYTIMEOUT", 504, 504},
                                    {"HTTPVERSIONNOTSUPPORTED", 505, 505},
                                    {"VARIANTALSONEGOTIATES", 506, 506},
                                    {"INSUFFICIENTSTORAGE", 507, 507},
                                    {"LOOPDETECTED", 508, 508},
                                    {"NOTEXTENDED", 510, 510},
                                    {"NETWORKAUTHENTICATIONREQUIRED", 511, 511}},
                                   429);
  if (status >= 400) return status;
  d.warning(node.origin, path, code::kNoEffect,
            "a refusal has a status of 400 or more: 429 is sent, as Envoy does");
  return 429;
}

std::vector<HeaderStep> parseFields(Reader& r, std::string_view field) {
  std::vector<HeaderStep> out;
  r.list(field, [&](const TreeNode& n, const std::string& p) {
    out.push_back({"", parseHeaderOption(n, p, r.diagnostics())});
  });
  return out;
}

RateLimitFilter parseSettings(Reader& r) {
  RateLimitFilter out;
  Diagnostics& d = r.diagnostics();
  r.required("stat_prefix");
  out.stat_prefix = r.text("stat_prefix");
  r.message("status",
            [&](const TreeNode& n, const std::string& p) { out.status = parseStatus(n, p, d); });
  r.message("token_bucket", [&](const TreeNode& n, const std::string& p) {
    out.bucket = parseTokenBucket(n, p, d);
  });
  r.message("filter_enabled", [&](const TreeNode& n, const std::string& p) {
    out.enabled = parseRuntimeFraction(n, p, d);
  });
  r.message("filter_enforced", [&](const TreeNode& n, const std::string& p) {
    out.enforced = parseRuntimeFraction(n, p, d);
  });
  out.response_headers = parseFields(r, "response_headers_to_add");
  out.request_headers = parseFields(r, "request_headers_to_add_when_not_enforced");
  out.tells_clients = r.enumeration("enable_x_ratelimit_headers",
                                    {{"OFF", 0, 0}, {"DRAFT_VERSION_03", 1, 1}}, 0) == 1;
  out.per_connection = r.boolean("local_rate_limit_per_downstream_connection", false);
  out.resource_exhausted = r.boolean("rate_limited_as_resource_exhausted", false);
  r.unsupported("descriptors", "one bucket counts for all requests");
  r.unsupported("rate_limits", "one bucket counts for all requests");
  r.unsupported("local_cluster_rate_limit", "the bucket is this server's alone");
  // Of descriptors.
  for (const std::string_view field : {"stage", "vh_rate_limits", "max_dynamic_descriptors",
                                       "always_consume_default_token_bucket"}) {
    r.ignore(field);
  }
  return out;
}

}  // namespace

FilterSettings parseLocalRateLimit(Reader& r) {
  return parseSettings(r);
}

FilterSettings parseLocalRateLimitOfRoute(Reader& r, bool&) {
  RateLimitFilter out = parseSettings(r);
  if (!out.bucket) {
    r.error("", code::kMissing, "a route or virtual host needs a token_bucket of its own");
  }
  return out;
}

}  // namespace convoy::config
