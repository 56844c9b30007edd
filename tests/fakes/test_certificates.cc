#include "tests/fakes/test_certificates.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace convoy {

namespace {

void run(const std::string& command) {
  const std::string quiet = command + " >/dev/null 2>&1";
  ASSERT_EQ(std::system(quiet.c_str()), 0) << command;
}

std::string contentOf(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

void write(const std::string& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string newKey(const std::string& kind) {
  return kind == "rsa" ? "-newkey rsa:2048" : "-newkey ec -pkeyopt ec_paramgen_curve:P-256";
}

}  // namespace

TestCa::TestCa(const std::string& name) {
  char folder[] = "/tmp/convoy-ca-XXXXXX";
  folder_ = ::mkdtemp(folder);
  run("openssl req -x509 " + newKey("ec") + " -nodes -days 30 -subj '/O=Convoy tests/CN=" + name +
      "' -keyout " + folder_ + "/ca.key -out " + folder_ + "/ca.pem");
  pem_ = contentOf(folder_ + "/ca.pem");
  write(folder_ + "/ca.cnf",
        "[ca]\ndefault_ca=d\n[d]\ndatabase=" + folder_ + "/index\ncrlnumber=" + folder_ +
            "/crlnumber\ndefault_md=sha256\ndefault_crl_days=30\nserial=" + folder_ + "/serial\n" +
            "new_certs_dir=" + folder_ + "\npolicy=p\ncopy_extensions=copy\nunique_subject=no\n" +
            "[p]\ncommonName=supplied\n");
  write(folder_ + "/index", "");
  write(folder_ + "/crlnumber", "01\n");
  write(folder_ + "/serial", "1000\n");
}

TestCa::~TestCa() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

TestCertificate TestCa::sign(const std::string& common_name, const std::string& sans, int days,
                             const std::string& kind) {
  const std::string at = folder_ + "/" + std::to_string(++count_);
  const std::string extension = sans.empty() ? "" : " -addext 'subjectAltName=" + sans + "'";
  run("openssl req " + newKey(kind) + " -nodes -subj '/CN=" + common_name + "'" + extension +
      " -keyout " + at + ".key -out " + at + ".csr");
  const std::string dates = days < 0 ? " -startdate 20200101000000Z -enddate 20200102000000Z"
                                     : " -days " + std::to_string(days);
  run("openssl ca -batch -notext -config " + folder_ + "/ca.cnf -cert " + folder_ +
      "/ca.pem -keyfile " + folder_ + "/ca.key -in " + at + ".csr -out " + at + ".pem" + dates);
  return {contentOf(at + ".pem"), contentOf(at + ".key")};
}

std::string TestCa::revoke(const TestCertificate& certificate) {
  const std::string path = folder_ + "/revoked.pem", list = folder_ + "/crl.pem";
  write(path, certificate.chain_pem);
  const std::string ca = "openssl ca -config " + folder_ + "/ca.cnf -cert " + folder_ +
                         "/ca.pem -keyfile " + folder_ + "/ca.key";
  run(ca + " -revoke " + path);
  run(ca + " -gencrl -out " + list);
  return contentOf(list);
}

std::string TestCa::ocsp(const std::string& certificate_pem) {
  const std::string at = folder_ + "/ocsp";
  write(at + ".pem", certificate_pem);
  run("openssl ocsp -no_nonce -issuer " + folder_ + "/ca.pem -cert " + at + ".pem -reqout " + at +
      ".req");
  run("openssl ocsp -index " + folder_ + "/index -rsigner " + folder_ + "/ca.pem -rkey " + folder_ +
      "/ca.key -CA " + folder_ + "/ca.pem -reqin " + at + ".req -respout " + at + ".der -ndays 1");
  return contentOf(at + ".der");
}

}  // namespace convoy
