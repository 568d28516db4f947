#include "tests/faults/certificates.hpp"

#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <filesystem>
#include <stdexcept>

namespace tickcache::faults {

namespace {

void check(bool good, const char* what) {
  if (!good) throw std::runtime_error(what);
}

PrivateKey new_key() {
  PrivateKey key(EVP_EC_gen("P-256"));
  check(key != nullptr, "EVP_EC_gen");
  return key;
}

void add_extension(X509* certificate, int nid, const std::string& value) {
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value.c_str());
  check(extension != nullptr, "X509V3_EXT_conf_nid");
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Not signed yet.
Certificate new_certificate(EVP_PKEY* key, const std::string& name, long from, long to) {
  static std::atomic<long> serial{1};
  Certificate certificate(X509_new());
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), from);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), to);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

void sign(X509* certificate, X509* issuer, EVP_PKEY* key) {
  X509_set_issuer_name(certificate, X509_get_subject_name(issuer));
  check(X509_sign(certificate, key, EVP_sha256()) > 0, "X509_sign");
}

}  // namespace

Authority::Authority()
    : key_(new_key()), certificate_(new_certificate(key_.get(), "Test Authority", -86400, 86400)) {
  add_extension(certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  sign(certificate_.get(), certificate_.get(), key_.get());
  static std::atomic<int> number{0};
  file_ = (std::filesystem::temp_directory_path() /
           ("tickcache-test-ca-" + std::to_string(getpid()) + "-" + std::to_string(number++)))
              .string();
  std::FILE* const file = std::fopen(file_.c_str(), "w");
  check(file != nullptr, "cannot write the authority's certificate");
  PEM_write_X509(file, certificate_.get());
  std::fclose(file);
}

Authority::~Authority() { unlink(file_.c_str()); }

ServerTls Authority::server(const CertificateOptions& options) const {
  const PrivateKey key = new_key();
  const Certificate certificate =
      new_certificate(key.get(), "exchange", options.valid_from, options.valid_to);
  add_extension(certificate.get(), NID_subject_alt_name, options.names);
  if (options.self_signed) {
    sign(certificate.get(), certificate.get(), key.get());
  } else {
    sign(certificate.get(), certificate_.get(), key_.get());
  }
  ServerTls tls(SSL_CTX_new(TLS_server_method()));
  check(SSL_CTX_use_certificate(tls.get(), certificate.get()) == 1, "SSL_CTX_use_certificate");
  check(SSL_CTX_use_PrivateKey(tls.get(), key.get()) == 1, "SSL_CTX_use_PrivateKey");
  return tls;
}

}  // namespace tickcache::faults
