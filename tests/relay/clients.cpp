#include "relay/clients.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <rapidjson/document.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

namespace tickcache::test {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

Answer parse_head(const std::string& head) {
  Answer answer;
  answer.head = head;
  if (head.size() > 12) answer.status = static_cast<unsigned>(std::stoul(head.substr(9, 3)));
  return answer;
}

/// Of an answer after which the connection stays.
void take_body(Connection& connection, Answer& answer) {
  const std::string size = answer.header("Content-Length");
  if (size.empty() || !connection.fill(std::stoul(size))) return;
  answer.body = std::exchange(connection.pending, {});
}

std::string request_of(const std::string& line, const Headers& headers) {
  std::string request = line + "\r\n";
  const bool has_host = std::any_of(headers.begin(), headers.end(), [](const std::string& header) {
    return header.starts_with("Host:");
  });
  if (!has_host) request += "Host: localhost\r\n";
  for (const std::string& header : headers) request += header + "\r\n";
  return request + "\r\n";
}

}  // namespace

Connection::Connection(std::uint16_t port, int receive_buffer)
    : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  if (receive_buffer > 0) {
    setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  }
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  is_connected_ = connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  fcntl(fd_, F_SETFL, O_NONBLOCK);
}

Connection::Connection(Connection&& other) noexcept
    : pending(std::move(other.pending)),
      fd_(std::exchange(other.fd_, -1)),
      is_connected_(other.is_connected_),
      has_ended_(other.has_ended_) {}

Connection::~Connection() {
  if (fd_ >= 0) close(fd_);
}

std::size_t Connection::send_some(std::string_view bytes) const {
  const ssize_t size = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  return size > 0 ? static_cast<std::size_t>(size) : 0;
}

bool Connection::send(std::string_view bytes) const { return send_some(bytes) == bytes.size(); }

bool Connection::read(steady_clock::time_point deadline) {
  if (has_ended_) return false;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
  pollfd ready{fd_, POLLIN, 0};
  if (poll(&ready, 1, std::max(0, static_cast<int>(left.count()))) != 1) return false;
  char buffer[65536];
  const ssize_t size = recv(fd_, buffer, sizeof buffer, 0);
  if (size <= 0) {
    has_ended_ = true;
    return false;
  }
  pending.append(buffer, static_cast<std::size_t>(size));
  return true;
}

void Connection::read_now() {
  while (read(steady_clock::now())) continue;
}

bool Connection::fill(std::size_t size, std::chrono::milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  while (pending.size() < size) {
    if (!read(deadline)) return false;
  }
  return true;
}

std::optional<std::string> Connection::take_until(std::string_view text,
                                                  std::chrono::milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  std::size_t from = 0;
  for (;;) {
    const std::size_t at = pending.find(text, from);
    if (at != std::string::npos) {
      std::string taken = pending.substr(0, at + text.size());
      pending.erase(0, taken.size());
      return taken;
    }
    from = pending.size() < text.size() ? 0 : pending.size() - text.size();
    if (!read(deadline)) return std::nullopt;
  }
}

std::string Connection::take_rest() {
  const auto deadline = steady_clock::now() + kPatience;
  while (read(deadline)) continue;
  return std::exchange(pending, {});
}

std::string Answer::header(const std::string& name) const {
  const std::string start = "\r\n" + name + ": ";
  const std::size_t at = head.find(start);
  if (at == std::string::npos) return {};
  const std::size_t begin = at + start.size();
  return head.substr(begin, head.find("\r\n", begin) - begin);
}

Answer ask(std::uint16_t port, const std::string& request_line, const Headers& headers) {
  Headers all = headers;
  all.emplace_back("Connection: close");
  Connection connection(port);
  if (!connection.send(request_of(request_line, all))) return {};
  const auto head = connection.take_until("\r\n\r\n");
  if (!head) return {};
  Answer answer = parse_head(*head);
  answer.body = connection.take_rest();
  return answer;
}

std::uint64_t metric(std::uint16_t port, const std::string& name) {
  const std::string body = get(port, "/metrics").body;
  const std::string start = "\ntickcache_relay_" + name + " ";
  const std::size_t at = body.find(start);
  return at == std::string::npos ? 0 : std::stoull(body.substr(at + start.size()));
}

std::string text_at(const std::string& json, const std::string& path) {
  rapidjson::Document document;
  document.Parse(json.data(), json.size());
  if (document.HasParseError()) return "not JSON: " + json;
  const rapidjson::Value* value = &document;
  for (std::size_t begin = 0; begin <= path.size();) {
    const std::size_t end = std::min(path.find('.', begin), path.size());
    const std::string name = path.substr(begin, end - begin);
    if (!value->IsObject() || !value->HasMember(name.c_str())) return "-";
    value = &(*value)[name.c_str()];
    begin = end + 1;
  }
  if (value->IsString()) return value->GetString();
  if (value->IsBool()) return value->GetBool() ? "true" : "false";
  if (value->IsUint64()) return std::to_string(value->GetUint64());
  return "-";
}

// --- WebSocket

WebSocket::WebSocket(std::uint16_t port, const std::string& target, int receive_buffer,
                     const Headers& headers)
    : connection(port, receive_buffer) {
  Headers all = headers;
  for (const char* header :
       {"Upgrade: websocket", "Connection: Upgrade",
        "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Version: 13"}) {
    all.emplace_back(header);
  }
  if (!connection.send(request_of("GET " + target + " HTTP/1.1", all))) return;
  if (const auto head = connection.take_until("\r\n\r\n")) answer_ = parse_head(*head);
  if (answer_.status != 101) take_body(connection, answer_);
}

bool WebSocket::send_frame(unsigned char first, std::string_view payload) {
  std::string frame(1, static_cast<char>(first));
  if (payload.size() < 126) {
    frame += static_cast<char>(0x80 | payload.size());
  } else {
    frame += static_cast<char>(0x80 | 126);
    frame += static_cast<char>(payload.size() >> 8);
    frame += static_cast<char>(payload.size() & 0xFF);
  }
  frame.append(4, '\0');  // a mask that changes nothing
  return connection.send(frame.append(payload));
}

std::optional<WebSocket::Frame> WebSocket::frame(std::chrono::milliseconds limit) {
  const auto deadline = steady_clock::now() + limit;
  const auto left = [&] {
    return std::chrono::ceil<std::chrono::milliseconds>(deadline - steady_clock::now());
  };
  const std::string& bytes = connection.pending;
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (!connection.fill(2, left())) return std::nullopt;
  std::size_t header = 2;
  std::size_t size = byte(1);
  const std::size_t more = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (more > 0) {
    header += more;
    if (!connection.fill(header, left())) return std::nullopt;
    size = 0;
    for (std::size_t i = 2; i < header; ++i) size = size << 8 | byte(i);
  }
  if (!connection.fill(header + size, left())) return std::nullopt;
  Frame frame{byte(0), bytes.substr(header, size)};
  connection.pending.erase(0, header + size);
  return frame;
}

std::optional<std::string> WebSocket::read(std::chrono::milliseconds limit) {
  while (auto next = frame(limit)) {
    if (close_code_ != 0) {
      ++after_close_;
    } else if (next->first == 0x81) {
      return std::move(next->payload);
    } else if (next->first == 0x88 && next->payload.size() >= 2) {
      close_code_ = static_cast<unsigned char>(next->payload[0]) << 8 |
                    static_cast<unsigned char>(next->payload[1]);
      close_text_ = next->payload.substr(2);
      if (answers_close) send_frame(0x88, next->payload);
    }
  }
  return std::nullopt;
}

std::optional<std::string> WebSocket::read_with(const std::string& path, const std::string& value) {
  const auto deadline = steady_clock::now() + kPatience;
  while (auto message = read()) {
    if (text_at(*message, path) == value) return message;
    if (steady_clock::now() > deadline) break;
  }
  return std::nullopt;
}

std::optional<unsigned> WebSocket::read_to_end() {
  while (read()) continue;
  if (!connection.has_ended()) return std::nullopt;
  return close_code_;
}

bool WebSocket::subscribe(const std::string& channel, const std::string& symbol,
                          const std::string& interval, const std::string& action) {
  std::string text = R"({"action":")" + action + R"(","channel":")" + channel + '"';
  if (!symbol.empty()) text += R"(,"symbol":")" + symbol + '"';
  if (!interval.empty()) text += R"(,"interval":")" + interval + '"';
  return send(text + '}');
}

// --- server-sent events

EventSource::EventSource(std::uint16_t port, const std::string& target, const Headers& headers,
                         int receive_buffer)
    : connection(port, receive_buffer) {
  if (!connection.send(request_of("GET " + target + " HTTP/1.1", headers))) return;
  if (const auto head = connection.take_until("\r\n\r\n")) answer_ = parse_head(*head);
  if (answer_.status != 200) take_body(connection, answer_);
}

std::optional<Event> EventSource::read(std::chrono::milliseconds limit) {
  for (;;) {
    auto text = connection.take_until("\n\n", limit);
    if (!text) return std::nullopt;
    Event event;
    for (std::size_t begin = 0; begin < text->size();) {
      const std::size_t end = std::min(text->find('\n', begin), text->size());
      const std::string line = text->substr(begin, end - begin);
      begin = end + 1;
      if (line.starts_with("id: ")) event.id = line.substr(4);
      if (line.starts_with("event: ")) event.name = line.substr(7);
      if (line.starts_with("data: ")) event.data += line.substr(6);
    }
    if (!event.id.empty()) last_id_ = event.id;
    if (!event.id.empty() || !event.data.empty()) return event;
  }
}

std::optional<Event> EventSource::read_named(const std::string& name) {
  while (auto event = read()) {
    if (event->name == name) return event;
  }
  return std::nullopt;
}

}  // namespace tickcache::test
