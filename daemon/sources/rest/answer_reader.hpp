// Reads an HTTP answer from its bytes as they arrive, within bounds. Does no I/O.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "daemon/sources/rest/http_answer.hpp"

namespace tickcache::daemon {

/// Limits for an answer: for the header, for each chunk's header and for the trailer; for the body;
/// for the interim answers (1xx), which are skipped.
inline constexpr std::size_t kMaxAnswerHeader = std::size_t{16} << 10;
inline constexpr std::size_t kMaxAnswerBody = std::size_t{4} << 20;
inline constexpr int kMaxInterimAnswers = 8;
inline constexpr const char* kAnswerTooLong = "the answer is longer than 4 MiB";

/// Reads one answer to a GET.
class AnswerReader {
 public:
  AnswerReader();
  ~AnswerReader();
  AnswerReader(AnswerReader&&) noexcept;
  AnswerReader& operator=(AnswerReader&&) noexcept;

  /// The next bytes of the connection. Keeps at most kMaxAnswerHeader of them beside the body.
  /// Not after is_over().
  void read(std::string_view bytes);
  /// The connection has ended properly, which completes a body without a length. Not after
  /// is_over().
  void read_end();

  /// Whether any byte has been read.
  [[nodiscard]] bool begun() const noexcept { return begun_; }
  [[nodiscard]] bool complete() const noexcept { return complete_; }
  /// Why there will be no answer: one of a few fixed sentences. Empty if there is none.
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }
  [[nodiscard]] bool is_over() const noexcept { return complete_ || !problem_.empty(); }

  /// Whether the connection can be used for another request: the server keeps it, and no byte
  /// follows the answer. Only if complete().
  [[nodiscard]] bool keeps_alive() const;
  /// Moves the answer out. Only if complete().
  [[nodiscard]] HttpAnswer take();

 private:
  struct Parser;  ///< Beast's

  void on_parsed();

  std::unique_ptr<Parser> parser_;
  std::string unread_;  ///< not yet taken by the parser
  int interim_ = 0;
  bool begun_ = false;
  bool complete_ = false;
  std::string problem_;
};

}  // namespace tickcache::daemon
