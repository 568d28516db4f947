#include "daemon/service/metrics_listener.hpp"

#include <stdexcept>
#include <string_view>
#include <utility>

#include "encode/prometheus.hpp"

namespace tickcache::daemon {

namespace {

namespace http = boost::beast::http;
using web::make_response;
using web::Response;

Response answer(const web::Request& request, const MetricsPages& pages) {
  if (!web::is_host_of_this_machine(web::header(request, http::field::host))) {
    return make_response(http::status::misdirected_request,
                         "the host must be localhost or an address\n");
  }
  std::string_view target = web::target(request);
  target = target.substr(0, target.find('?'));
  if (target == "/metrics") {
    return make_response(http::status::ok, pages.metrics(), encode::kContentType);
  }
  if (target == "/healthz") return make_response(http::status::ok, "ok\n");
  if (target == "/readyz") {
    const std::string reason = pages.not_ready();
    if (reason.empty()) return make_response(http::status::ok, "live\n");
    return make_response(http::status::service_unavailable, reason + "\n");
  }
  return make_response(http::status::not_found, "there are /metrics, /healthz and /readyz\n");
}

}  // namespace

std::unique_ptr<web::Server> serve_metrics(boost::asio::io_context& io, const Endpoint& where,
                                           MetricsPages pages, const web::Limits& limits) {
  web::Site site;
  site.answer = [pages = std::move(pages)](const web::Request& request) {
    return answer(request, pages);
  };
  try {
    return std::make_unique<web::Server>(io, where, std::move(site), limits);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(std::string("metrics-listen: ") + error.what());
  }
}

}  // namespace tickcache::daemon
