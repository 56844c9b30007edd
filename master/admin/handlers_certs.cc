#include <array>
#include <ctime>

#include "common/base/json.h"
#include "master/admin/certificates.h"
#include "master/admin/endpoints.h"
#include "master/admin/json_text.h"

namespace convoy::master {

namespace {

std::string timestamp(int64_t unix_s) {
  const time_t seconds = unix_s;
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  std::array<char, 32> out;
  return {out.data(), std::strftime(out.data(), out.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

void appendNames(const char* kind, const std::vector<std::string>& names, Json::Value& to) {
  for (const std::string& name : names) {
    Json::Value one(Json::objectValue);
    one[kind] = name;
    to.append(std::move(one));
  }
}

Json::Value certificateJson(const CertificateView& view) {
  Json::Value out(Json::objectValue);
  out["path"] = view.path;
  out["serial_number"] = view.text.serial;
  Json::Value& names = out["subject_alt_names"] = Json::Value(Json::arrayValue);
  appendNames("dns", view.text.dns_sans, names);
  appendNames("uri", view.text.uri_sans, names);
  appendNames("ip_address", view.text.ip_sans, names);
  out["days_until_expiration"] = std::to_string(daysLeft(view.text, std::time(nullptr)));
  out["valid_from"] = timestamp(view.text.not_before_s);
  out["expiration_time"] = timestamp(view.text.not_after_s);
  return out;
}

Json::Value listJson(const std::vector<CertificateView>& views) {
  Json::Value out(Json::arrayValue);
  for (const CertificateView& view : views) out.append(certificateJson(view));
  return out;
}

}  // namespace

AdminResponse handleCerts(AdminContext& context, const AdminRequest&) {
  Json::Value out(Json::objectValue);
  Json::Value& list = out["certificates"] = Json::Value(Json::arrayValue);
  for (const TlsView& view : certificatesOf(*context.bootstrap())) {
    Json::Value one(Json::objectValue);
    one["ca_cert"] = listJson(view.ca);
    one["cert_chain"] = listJson(view.chains);
    list.append(std::move(one));
  }
  return AdminResponse::json(protoJson(out));
}

}  // namespace convoy::master
