// tls_values: what the labels of the TLS stats can say: which versions, cipher suites, curves and
// signature algorithms are counted each by itself. Fixed, since only the Directory makes cells;
// what is not listed counts as the last of its list, by Envoy's name for that. Names are
// BoringSSL's, which dashboards know. Constant; any process.
#pragma once

#include <array>
#include <string_view>

namespace convoy::stats {

inline constexpr auto kTlsVersions = std::to_array<std::string_view>({
    "TLSv1.2",
    "TLSv1.3",
    "unknown_ssl_version",
});

inline constexpr auto kTlsCiphers = std::to_array<std::string_view>({
    "TLS_AES_128_GCM_SHA256",
    "TLS_AES_256_GCM_SHA384",
    "TLS_CHACHA20_POLY1305_SHA256",
    "TLS_AES_128_CCM_SHA256",
    "TLS_AES_128_CCM_8_SHA256",
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-ECDSA-CHACHA20-POLY1305",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES256-GCM-SHA384",
    "ECDHE-RSA-CHACHA20-POLY1305",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-ECDSA-AES128-CCM",
    "ECDHE-ECDSA-AES256-CCM",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-RSA-AES256-SHA384",
    "DHE-RSA-AES128-GCM-SHA256",
    "DHE-RSA-AES256-GCM-SHA384",
    "DHE-RSA-CHACHA20-POLY1305",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA",
    "AES256-SHA",
    "AES128-SHA256",
    "AES256-SHA256",
    "unknown_ssl_cipher",
});

inline constexpr auto kTlsCurves = std::to_array<std::string_view>({
    "X25519",
    "P-256",
    "P-384",
    "P-521",
    "X448",
    "X25519MLKEM768",
    "ffdhe2048",
    "ffdhe3072",
    "ffdhe4096",
    "unknown_ssl_curve",
});

inline constexpr auto kTlsSigalgs = std::to_array<std::string_view>({
    "ecdsa_secp256r1_sha256",
    "ecdsa_secp384r1_sha384",
    "ecdsa_secp521r1_sha512",
    "rsa_pss_rsae_sha256",
    "rsa_pss_rsae_sha384",
    "rsa_pss_rsae_sha512",
    "rsa_pss_pss_sha256",
    "rsa_pss_pss_sha384",
    "rsa_pss_pss_sha512",
    "rsa_pkcs1_sha256",
    "rsa_pkcs1_sha384",
    "rsa_pkcs1_sha512",
    "ed25519",
    "ed448",
    "unknown_ssl_algorithm",
});

}  // namespace convoy::stats
