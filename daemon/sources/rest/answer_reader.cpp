#include "daemon/sources/rest/answer_reader.hpp"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/field.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <limits>

#include "daemon/platform/endpoint.hpp"
#include "daemon/sources/net/retry_after.hpp"
#include "libcache/segment/clock.hpp"
#include "options/text.hpp"

namespace tickcache::daemon {

namespace {

namespace http = boost::beast::http;
using boost::system::error_code;
using options::number;

/// The last second that nanoseconds can count.
constexpr std::int64_t kLatest = std::numeric_limits<std::int64_t>::max() / 1'000'000'000;

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

boost::beast::string_view beast_view(std::string_view text) { return {text.data(), text.size()}; }

std::string text_of(error_code error) {
  if (error == http::error::header_limit) return "the answer's header is longer than 16 KiB";
  if (error == http::error::body_limit) return kAnswerTooLong;
  if (error == http::error::partial_message) return "the answer was cut short";
  return "the answer is not HTTP (" + error.message() + ")";
}

}  // namespace

struct AnswerReader::Parser {
  http::response_parser<http::string_body> beast;
  std::size_t header_left = kMaxAnswerHeader;

  Parser() {
    beast.eager(true);
    beast.header_limit(kMaxAnswerHeader);
    beast.body_limit(kMaxAnswerBody);
  }
  /// Parses what it can of `bytes`, and removes it. `need_more` if there is no progress until more
  /// bytes come.
  error_code take(std::string& bytes) {
    // Beast takes a header field by field, and limits only what is left.
    const bool in_header = !beast.is_header_done();
    const std::size_t size = in_header ? std::min(bytes.size(), header_left) : bytes.size();
    const bool all = size == bytes.size();
    error_code error;
    const std::size_t used = beast.put(boost::asio::buffer(bytes.data(), size), error);
    bytes.erase(0, used);
    if (error != http::error::need_more) return error;
    if (beast.is_header_done()) return all ? error : error_code();
    header_left -= used;
    return bytes.size() < header_left ? error : http::error::header_limit;
  }
};

AnswerReader::AnswerReader() : parser_(std::make_unique<Parser>()) {}
AnswerReader::~AnswerReader() = default;
AnswerReader::AnswerReader(AnswerReader&&) noexcept = default;
AnswerReader& AnswerReader::operator=(AnswerReader&&) noexcept = default;

void AnswerReader::read(std::string_view bytes) {
  begun_ = begun_ || !bytes.empty();
  unread_.append(bytes);
  while (!is_over() && !unread_.empty()) {
    error_code error = parser_->take(unread_);
    // Beast does not bound a chunk's header, nor the trailer.
    const bool more = error == http::error::need_more;
    if (more && unread_.size() > kMaxAnswerHeader) error = http::error::header_limit;
    if (error && error != http::error::need_more) {
      problem_ = text_of(error);
    } else if (parser_->beast.is_done()) {
      on_parsed();
    } else if (more) {
      return;
    }
  }
}

void AnswerReader::read_end() {
  if (!begun_) {
    problem_ = "the server closed the connection without an answer";
    return;
  }
  error_code error = http::error::partial_message;
  if (parser_->beast.got_some()) parser_->beast.put_eof(error);
  if (error) {
    problem_ = text_of(error);
  } else {
    on_parsed();
  }
}

void AnswerReader::on_parsed() {
  const unsigned status = parser_->beast.get().result_int();
  if (status >= 200) {
    complete_ = true;
  } else if (status < 100 || status == 101) {
    problem_ = "the answer has the status " + std::to_string(status) + ", which was not asked for";
  } else if (++interim_ > kMaxInterimAnswers) {
    problem_ = "too many interim answers";
  } else {
    parser_ = std::make_unique<Parser>();
  }
}

bool AnswerReader::keeps_alive() const { return parser_->beast.keep_alive() && unread_.empty(); }

HttpAnswer AnswerReader::take() {
  auto& message = parser_->beast.get();
  HttpAnswer answer;
  answer.status = static_cast<int>(message.result_int());
  answer.body = std::move(message.body());
  answer.limit_remaining = number<std::uint32_t>(view(message[beast_view(kLimitRemainingHeader)]));
  if (const auto reset = number<std::int64_t>(view(message[beast_view(kLimitResetHeader)]))) {
    answer.limit_reset = std::chrono::seconds(std::clamp<std::int64_t>(*reset, 0, kLatest));
  }
  const auto wait = parse_retry_after(view(message[http::field::retry_after]), unix_now());
  if (wait) answer.retry_after = std::chrono::ceil<std::chrono::seconds>(*wait);
  return answer;
}

}  // namespace tickcache::daemon
