#pragma once

#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/frames.hpp"
#include "sim/http.hpp"

namespace tickcache::sim {

class Client;

// Why a connection ended.
enum class Ended { refused, by_client, by_server, slow };

// Who a Client works for. Called on the io_context's thread. The references are valid during the
// call.
class ClientHost {
 public:
  // The HTTP status to refuse the upgrade with, or 0 to accept it. target is the request's, with
  // the query that carries the key.
  virtual unsigned admit(std::string_view target, bool is_upgrade) = 0;
  // Any other request. Answered by one of the client's respond(), ignore(), cut().
  virtual void on_request(Client& client, const HttpRequest& request) = 0;
  virtual void on_open(Client& client) = 0;
  virtual void on_text(Client& client, std::string_view text) = 0;
  // The last call for this client; never made from within one of the client's own functions.
  virtual void on_ended(Client& client, Ended how) = 0;

 protected:
  ~ClientHost() = default;
};

// One connection: requests and their answers, or the upgrade, then frames in both directions. Used
// on the io_context's thread only. It keeps itself alive while an operation is under way.
class Client : public std::enable_shared_from_this<Client> {
 public:
  // queue_limit: a client that leaves more bytes than this unread is cut off.
  Client(boost::asio::ip::tcp::socket socket, std::uint64_t id, ClientHost& host,
         std::size_t queue_limit);

  std::uint64_t id() const noexcept { return id_; }

  void start();

  // Answers the request, in the form of response_text(); the next one is read when that is written.
  void respond(std::string_view text, bool keep_alive, std::chrono::milliseconds delay);
  // Never answers the request.
  void ignore();

  // Queues one text message; flush() starts the writing. False if the connection is not open, or
  // was over the limit with it and has been cut.
  bool send(std::string_view text);
  void flush();

  // Sends a close frame after what is queued, then ends: when the client has answered, or a second
  // later.
  void close(std::uint16_t code);

  // Ends the TCP connection at once, without a word; reset: with RST, which also takes back what
  // the client's kernel has not delivered.
  void cut(bool reset, Ended how);

 private:
  enum class State { asking, open, closing, ended };
  struct Request;

  void read_request(const std::shared_ptr<Request>& request);
  void on_header(const std::shared_ptr<Request>& request, bool failed);
  void on_upgrade(const Request& request, bool is_upgrade);
  void on_request(const std::shared_ptr<Request>& request, bool failed);
  void write_response(bool keep_alive);
  void refuse(unsigned status);
  void accept(std::string_view key, std::string_view early_bytes);
  void read();
  void on_bytes(std::string_view bytes);
  void on_message(const ClientMessage& message);
  void append(Opcode opcode, std::string_view payload);
  void on_written(bool failed);
  void end_after(std::chrono::milliseconds limit, Ended how);

  boost::asio::ip::tcp::socket socket_;
  boost::asio::steady_timer deadline_;
  std::uint64_t id_;
  ClientHost& host_;
  std::size_t queue_limit_;
  State state_ = State::asking;
  bool end_when_written_ = false;
  Ended how_ = Ended::by_server;

  std::shared_ptr<Request> request_;  // the one that is being answered

  FrameReader reader_;
  std::vector<ClientMessage> messages_;
  std::array<char, 4096> input_{};
  std::string pending_;  // queued, not yet given to the socket
  std::string writing_;  // being written; empty if nothing is
};

}  // namespace tickcache::sim
