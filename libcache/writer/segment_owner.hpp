// The file side of a segment's only writer: it takes the lock, publishes the file under its name
// and checks that the name still refers to it.
#pragma once

#include <sys/types.h>

#include <boost/interprocess/mapped_region.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "libcache/segment/segment_file.hpp"

namespace tickcache {

/// A segment cannot be published. what() says why and how to fix it.
class WriterError : public std::runtime_error {
 public:
  enum class Code : std::uint8_t {
    bad_name,
    bad_options,  ///< capacities out of range
    in_use,       ///< another tickcached writes it; what() names its pid
    taken,        ///< the name belongs to another user, or to a file that is not a segment
    no_space,     ///< /dev/shm is full
    system,
  };
  WriterError(Code code, const std::string& what) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] Code code() const noexcept { return code_; }

 private:
  Code code_;
};

/// A segment that is being created and, after publish(), has its name.
class SegmentOwner {
 public:
  /// Takes the lock. Throws WriterError.
  SegmentOwner(std::string name, mode_t mode);
  /// Removes a created segment that was not published. A published segment stays.
  ~SegmentOwner();
  SegmentOwner(const SegmentOwner&) = delete;
  SegmentOwner& operator=(const SegmentOwner&) = delete;

  /// Maps the existing segment of this name. The mapping is empty if there is none. Throws
  /// WriterError if another user owns it, or if it is not a segment.
  [[nodiscard]] Mapping open_predecessor(layout::Header& header) const;

  /// Creates a segment with `header`'s geometry as NAME.next, all zero except the header. If
  /// another user owns NAME.next, uses a random name NAME~….next. The present segment, if any,
  /// stays mapped until publish(). Throws WriterError.
  WritableSegmentView create(const layout::Header& header);

  /// Renames the created segment to the name, marks `predecessor` (may be empty) superseded and
  /// wakes its waiters. Throws WriterError.
  void publish(const WritableSegmentView& predecessor);

  enum class Name : std::uint8_t { mine, gone, foreign };
  [[nodiscard]] Name check_name() const noexcept;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  mode_t mode_;
  Descriptor lock_;                            ///< on NAME.lock, for as long as the object lives
  boost::interprocess::mapped_region region_;  ///< the published segment
  boost::interprocess::mapped_region next_;    ///< the created segment
  std::string next_name_;                      ///< of the created segment
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace tickcache
