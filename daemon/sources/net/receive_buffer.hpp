// Buffers received bytes and finds where their parts end: HTTP header, body, WebSocket frames. Does
// no I/O.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace tickcache::daemon {

/// Filled in large pieces and read in small ones. A parser gets the rest of the response's header,
/// or frames up to the end of a message (portion()), so that it never buffers part of the next
/// message. Whole text messages can be read without a parser (take_text()).
class ReceiveBuffer {
 public:
  static constexpr std::size_t kCapacity = std::size_t{1} << 14;

  ReceiveBuffer() : bytes_(std::make_unique_for_overwrite<char[]>(kCapacity)) {}

  /// Free space for the next read. Not empty if portion() is 0, or if take_text() returned nothing
  /// and needs_parser() is false. Moves the content, which invalidates texts from take_text().
  [[nodiscard]] std::span<char> space() noexcept;
  /// `size` bytes were written to space().
  void commit(std::size_t size) noexcept;

  /// The status, if the received bytes begin with a whole HTTP response header; else 0.
  [[nodiscard]] int http_status() const noexcept;
  /// From now on, the bytes after the header are frames.
  void begin_frames() noexcept { in_frames_ = true; }

  /// Number of bytes that a parser may take() now; 0 if more must be received first.
  [[nodiscard]] std::size_t portion() noexcept;
  /// Copies out.size() bytes, at most portion().
  void take(std::span<char> out) noexcept;

  /// The next message, if it is complete and is a single final text frame of plain ASCII: RFC 6455
  /// then requires no further checks. Only between messages. Valid until space() is called.
  std::optional<std::string_view> take_text() noexcept;
  /// After take_text() returned nothing: true if the next message is not of that kind and needs a
  /// parser; false if more must be received first.
  [[nodiscard]] bool needs_parser() const noexcept;

 private:
  /// The received part of a frame's header.
  struct FrameHead {
    std::size_t header = 0;     ///< bytes; 0: incomplete
    std::uint64_t payload = 0;  ///< bytes
    bool plain = false;         ///< a final unmasked text frame with a minimally encoded length
    bool last = false;          ///< the last frame of a message
  };

  [[nodiscard]] std::string_view unread() const noexcept {
    return {bytes_.get() + begin_, end_ - begin_};
  }
  static FrameHead head(std::string_view bytes) noexcept;
  void scan_header(std::string_view bytes) noexcept;

  std::unique_ptr<char[]> bytes_;
  std::size_t begin_ = 0;
  std::size_t end_ = 0;

  // For the HTTP header.
  std::array<char, sizeof "HTTP/1.1 401" - 1> first_{};
  std::size_t first_size_ = 0;
  std::size_t ending_ = 0;       ///< matched bytes of the header's terminator
  std::size_t header_left_ = 0;  ///< bytes of the header not taken yet

  bool in_frames_ = false;
  std::uint64_t frames_left_ = 0;  ///< bytes of the frames being taken in portions
  bool message_ends_ = false;      ///< the last of these frames ends a message
};

}  // namespace tickcache::daemon
