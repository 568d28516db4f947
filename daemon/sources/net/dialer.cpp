#include "daemon/sources/net/dialer.hpp"

#include <boost/asio/error.hpp>
#include <utility>

namespace tickcache::daemon {

namespace asio = boost::asio;
using boost::system::error_code;
using std::chrono::steady_clock;

namespace {

steady_clock::time_point after(std::chrono::nanoseconds timeout) {
  return steady_clock::now() + std::chrono::duration_cast<steady_clock::duration>(timeout);
}

}  // namespace

Dialer::Dialer(asio::io_context& io, const DialSettings& settings, Transport& transport)
    : settings_(settings), transport_(transport), timer_(io) {}

void Dialer::start(std::uint64_t attempt, Done done) {
  attempt_ = attempt;
  const auto shared = std::make_shared<const Done>(std::move(done));
  limit(after(settings_.resolve_timeout), shared);
  settings_.resolve(settings_.url.host, settings_.url.port,
                    [this, shared](error_code error, const Endpoints& endpoints) {
                      on_resolve(error, endpoints, shared);
                    });
}

void Dialer::cancel() noexcept {
  over_ = true;
  error_code ignored;
  timer_.cancel(ignored);
}

void Dialer::on_resolve(error_code error, const Endpoints& endpoints, const SharedDone& done) {
  if (over_) return;
  if (!error && endpoints.empty()) error = asio::error::host_not_found;
  if (error) return fail(Failure::Kind::resolve, error, done);
  const auto at_once = settings_.connect_timeout / settings_.address_timeout;
  endpoints_ = in_turns(endpoints, attempt_, static_cast<std::size_t>(at_once));
  give_up_at_ = after(settings_.connect_timeout);
  connecting_ = true;
  connect_next(done);
}

void Dialer::connect_next(const SharedDone& done) {
  const asio::ip::tcp::endpoint endpoint = endpoints_[next_endpoint_++];
  limit(after(settings_.address_timeout), done);
  transport_.connect(endpoint, [this, done](error_code result) { on_connect(result, done); });
}

void Dialer::on_connect(error_code error, const SharedDone& done) {
  if (over_) return;
  // The timeout may have expired after connecting, but before this handler ran.
  if (error == asio::error::operation_aborted || (!error && !transport_.is_open())) {
    error = asio::error::timed_out;
  }
  if (error && may_try_next()) return connect_next(done);
  if (error) return fail(Failure::Kind::connect, error, done);
  connecting_ = false;
  handshake_deadline_ = after(settings_.handshake_timeout);
  if (!transport_.is_tls()) {
    cancel();
    return (*done)(nullptr);
  }
  limit(handshake_deadline_, done);
  transport_.shake_hands(settings_.url.host,
                         [this, done](error_code result) { on_tls(result, done); });
}

bool Dialer::may_try_next() const {
  return next_endpoint_ < endpoints_.size() && steady_clock::now() < give_up_at_;
}

void Dialer::on_tls(error_code error, const SharedDone& done) {
  if (over_) return;
  if (error) return fail(Failure::Kind::tls, error, done, transport_.certificate_problem());
  cancel();
  (*done)(nullptr);
}

/// The present step ends at `deadline`.
void Dialer::limit(steady_clock::time_point deadline, const SharedDone& done) {
  timer_.expires_at(deadline);
  timer_.async_wait([this, done](error_code error) {
    if (!error) on_timeout(done);
  });
}

void Dialer::on_timeout(const SharedDone& done) {
  if (over_) return;
  if (timer_.expiry() > steady_clock::now()) return;  // the next step has begun
  if (connecting_ && may_try_next()) {
    transport_.close();  // on_connect() goes on with the next address
    return;
  }
  fail(Failure::Kind::timeout, asio::error::timed_out, done);
}

void Dialer::fail(Failure::Kind kind, error_code error, const SharedDone& done,
                  const std::string& detail) {
  cancel();
  Failure failure;
  failure.kind = kind;
  failure.detail = detail.empty() ? error.message() : detail;
  (*done)(&failure);
}

}  // namespace tickcache::daemon
