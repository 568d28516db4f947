// Certificates of all kinds, made on the spot.
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>

namespace tickcache::faults {

struct FreeSsl {
  void operator()(SSL_CTX* context) const noexcept { SSL_CTX_free(context); }
  void operator()(X509* certificate) const noexcept { X509_free(certificate); }
  void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};
using ServerTls = std::unique_ptr<SSL_CTX, FreeSsl>;
using Certificate = std::unique_ptr<X509, FreeSsl>;
using PrivateKey = std::unique_ptr<EVP_PKEY, FreeSsl>;

struct CertificateOptions {
  std::string names = "DNS:exchange.test,IP:127.0.0.1";  ///< subjectAltName
  long valid_from = -3600;                               ///< seconds from now
  long valid_to = 3600;
  bool self_signed = false;  ///< not by the authority
};

/// A certificate authority of one's own, in a file that is removed in the end.
class Authority {
 public:
  Authority();
  ~Authority();
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;

  /// For --ca-file.
  [[nodiscard]] const std::string& file() const noexcept { return file_; }
  /// What a server needs to present a new certificate.
  [[nodiscard]] ServerTls server(const CertificateOptions& options = {}) const;

 private:
  PrivateKey key_;
  Certificate certificate_;
  std::string file_;
};

}  // namespace tickcache::faults
