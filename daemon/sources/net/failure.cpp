#include "daemon/sources/net/failure.hpp"

namespace tickcache::daemon {

std::string failure_text(const Failure& failure) {
  std::string text;
  switch (failure.kind) {
    case Failure::Kind::resolve:
      text = "the host name cannot be resolved";
      break;
    case Failure::Kind::connect:
      text = "cannot connect";
      break;
    case Failure::Kind::tls:
      text = "the TLS handshake failed";
      break;
    case Failure::Kind::handshake:
      text = "the WebSocket handshake failed";
      break;
    case Failure::Kind::http:
      text = "the exchange answered HTTP " + std::to_string(failure.http_status);
      break;
    case Failure::Kind::timeout:
      text = "connecting took too long";
      break;
  }
  if (!failure.detail.empty()) text += " (" + failure.detail + ")";
  return text;
}

}  // namespace tickcache::daemon
