// A server that says exactly what a test wants, byte by byte.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/frames.hpp"

namespace tickcache::daemon {

/// Listens on 127.0.0.1, on the test's own loop. Takes each request up to its blank line, answers
/// with what the script says, then reads on until the client is gone.
class RawServer {
 public:
  struct Reply {
    /// Each piece is a write of its own; empty: no answer at all.
    std::vector<std::string> pieces;
    bool then_close = false;
  };
  using Script = std::function<Reply(const std::string& request)>;

  RawServer(boost::asio::io_context& io, Script script);

  [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const;
  /// The requests so far.
  [[nodiscard]] const std::vector<std::string>& requests() const noexcept { return requests_; }
  /// What clients have sent after their requests.
  [[nodiscard]] const std::string& received() const noexcept { return received_; }
  [[nodiscard]] int clients_gone() const noexcept { return gone_; }

 private:
  struct Client;

  void accept();
  void read_request(const std::shared_ptr<Client>& client);
  void write(const std::shared_ptr<Client>& client, Reply reply, std::size_t piece);
  void read_on(const std::shared_ptr<Client>& client);

  Script script_;
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<std::string> requests_;
  std::string received_;
  int gone_ = 0;
};

/// The answer that accepts the upgrade.
std::string accepting(const std::string& request);
/// A text frame as a server sends it.
std::string frame(std::string_view text);
std::string frame(sim::Opcode opcode, std::string_view payload);

}  // namespace tickcache::daemon
