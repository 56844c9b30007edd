// tls_hooks: the functions that OpenSSL calls back: reading and writing, which certificate to show,
// whether to trust one, tickets, ALPN. Only for common/net/tls_*.cc.
#pragma once

#include <openssl/ssl.h>

#include "common/net/tls_context.h"

namespace convoy::net {

class TlsTransport;

struct TlsHooks {
  static BIO* newBio(TlsTransport& transport);
  // Those that the context's settings call for.
  static void install(SSL_CTX* ssl_ctx, const TlsContext& context);

 private:
  static int bioRead(BIO* bio, char* to, int size);
  static int bioWrite(BIO* bio, const char* bytes, int size);
  static long bioControl(BIO* bio, int command, long number, void* pointer);
  static int verify(X509_STORE_CTX* store, void* context);
  static int whileVerifying(int ok, X509_STORE_CTX* store);
  static bool judge(TlsTransport& transport, X509_STORE_CTX* store);
  static int chooseCertificate(SSL* ssl, void* context);
  static int chooseAlpn(SSL* ssl, const unsigned char** out, unsigned char* out_size,
                        const unsigned char* offered, unsigned offered_size, void* context);
  static int ticketKey(SSL* ssl, unsigned char* name, unsigned char* iv, EVP_CIPHER_CTX* cipher,
                       EVP_MAC_CTX* mac, int encrypt);
  static int newSession(SSL* ssl, SSL_SESSION* session);
  static int staple(SSL* ssl, void* context);
  static int requireName(SSL* ssl, int* alert, void* context);
  static int keepName(SSL* ssl, int* alert, void* context);
};

}  // namespace convoy::net
