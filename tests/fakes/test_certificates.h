// Certificates made for a test: a CA of its own and what it signs, as PEM text, by the openssl
// program. Made once a process and name.
#pragma once

#include <string>
#include <vector>

namespace convoy {

struct TestCertificate {
  std::string chain_pem, key_pem;
};

class TestCa {
 public:
  explicit TestCa(const std::string& name = "Test CA");
  ~TestCa();
  TestCa(const TestCa&) = delete;
  TestCa& operator=(const TestCa&) = delete;

  const std::string& pem() const { return pem_; }
  // `sans`: "DNS:a.example,URI:spiffe://x/y". `days` < 0: it has expired. `kind`: "ec" or "rsa".
  TestCertificate sign(const std::string& common_name, const std::string& sans, int days = 30,
                       const std::string& kind = "ec");
  // The list that revokes `certificate`.
  std::string revoke(const TestCertificate& certificate);
  // An OCSP response (DER) of a day, by the CA itself, on a certificate that it has signed.
  std::string ocsp(const std::string& certificate_pem);

 private:
  std::string folder_;
  std::string pem_;
  int count_ = 0;
};

}  // namespace convoy
