// What the exchange has sent and nobody has taken yet, and where its parts end: HTTP header, body,
// WebSocket frames. Pure bytes, no I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace tickcache::daemon {

/// Read in large pieces, handed out in small ones: to a parser, the rest of the response's header,
/// or frames up to the end of a message (portion()), so that it never has anything of the next one
/// in a buffer of its own; or a whole text message (take_text()).
class ReceiveBuffer {
 public:
  static constexpr std::size_t kCapacity = std::size_t{1} << 14;

  ReceiveBuffer() : bytes_(std::make_unique_for_overwrite<char[]>(kCapacity)) {}

  /// Where to put what is read next; never empty while portion() is 0 and after take_text() gave
  /// nothing and needs_parser() is false. Moves what is there: texts that were taken end here.
  [[nodiscard]] std::span<char> space() noexcept;
  /// `size` bytes have been put there.
  void commit(std::size_t size) noexcept;

  /// The status, if what came begins with the whole header of an HTTP response; else 0.
  [[nodiscard]] int http_status() const noexcept;
  /// What comes now, behind the header, is frames.
  void begin_frames() noexcept { in_frames_ = true; }

  /// What a parser may be given now; 0 if more has to come first. To be taken with take().
  [[nodiscard]] std::size_t portion() noexcept;
  /// Copies `out.size()` bytes, of portion() at most.
  void take(std::span<char> out) noexcept;

  /// The next message, if all of it is there and it is one final text frame of plain ASCII: nothing
  /// of RFC 6455 is left to check then. Only between messages; valid until space() is called.
  std::optional<std::string_view> take_text() noexcept;
  /// After take_text() gave nothing: whether a parser has to look, because what is next is, or
  /// will be, something else than such a message. Otherwise more has to come first.
  [[nodiscard]] bool needs_parser() const noexcept;

 private:
  /// A frame's beginning, as far as it is there.
  struct FrameHead {
    std::size_t header = 0;     ///< bytes; 0: not all of it is there yet
    std::uint64_t payload = 0;  ///< bytes
    bool plain = false;         ///< a final text frame, not masked, whose length is well written
    bool last = false;          ///< a message ends with it
  };

  [[nodiscard]] std::string_view unread() const noexcept {
    return {bytes_.get() + begin_, end_ - begin_};
  }
  static FrameHead head(std::string_view bytes) noexcept;
  void scan_header(std::string_view bytes) noexcept;

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  // While it is HTTP.
  std::array<char, sizeof "HTTP/1.1 401" - 1> first_{};
  std::size_t first_size_ = 0;
  std::size_t ending_ = 0;       ///< how much of the header's end has just come
  std::size_t header_left_ = 0;  ///< of the header, not taken yet

  bool in_frames_ = false;
  std::uint64_t frames_left_ = 0;  ///< of the frames that are being taken in portions
  bool message_ends_ = false;      ///< with the last of them
};

}  // namespace tickcache::daemon
