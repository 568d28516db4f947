// An HTTP server whose clients can use only bounded resources.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "options/endpoint.hpp"

namespace tickcache::web {

using Request = boost::beast::http::request<boost::beast::http::empty_body>;
using Response = boost::beast::http::response<boost::beast::http::string_body>;
using Socket = boost::asio::ip::tcp::socket;

/// Keeps a place among Limits::connections until its last copy is destroyed.
using Seat = std::shared_ptr<void>;

/// Called on the loop for each GET or HEAD request.
struct Site {
  /// Nothing: the connection is given to take().
  std::function<std::optional<Response>(const Request&)> answer;
  std::function<void(Request&&, Socket&&, Seat)> take;  ///< may be empty if answer() always does
};

struct Limits {
  /// At a time; one more closes the oldest that has not asked, else the oldest that is answered.
  std::size_t connections = 64;
  std::size_t taken = 64;     ///< of these, at most so many that were given to Site::take()
  std::size_t header = 4096;  ///< bytes
  std::chrono::milliseconds patience{2000};  ///< for a request, and again for its answer
  std::chrono::milliseconds idle{0};         ///< until the next request; 0: one for each connection
};

[[nodiscard]] Response make_response(boost::beast::http::status status, std::string body,
                                     std::string_view type = "text/plain; charset=utf-8");

/// The head of a response whose body ends with the connection.
[[nodiscard]] std::string head_text(Response response);

/// Views of the request, empty if it has none of that.
[[nodiscard]] std::string_view header(const Request& request, boost::beast::http::field field);
[[nodiscard]] std::string_view header(const Request& request, std::string_view name);
[[nodiscard]] std::string_view target(const Request& request);

/// The value of a Host header without its port.
[[nodiscard]] std::string_view host_name(std::string_view host) noexcept;

/// Not the name of a web page whose author has it resolve to this machine (DNS rebinding). HTTP/1.0
/// names no host.
[[nodiscard]] bool is_host_of_this_machine(std::string_view host);

class Server {
 public:
  /// Starts to listen; "localhost" means 127.0.0.1. Throws std::runtime_error, which names the
  /// address, if it cannot. `io` and everything that `site` refers to must outlive it.
  Server(boost::asio::io_context& io, const options::Endpoint& where, Site site, Limits limits);
  /// Closes every connection, without a response, that was not taken.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;
  /// Connections, those that were taken among them.
  [[nodiscard]] std::size_t connections() const noexcept;

 private:
  class Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace tickcache::web
