// The file side of being a segment's only writer: the lock, publication under the name, and the
// watch over the name.
#pragma once

#include <sys/types.h>

#include <boost/interprocess/mapped_region.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>

#include "libcache/segment/segment_file.hpp"

namespace tickcache {

/// A segment cannot be published, or no longer. what() says why and what to do.
class WriterError : public std::runtime_error {
 public:
  enum class Code : std::uint8_t {
    bad_name,
    bad_options,  ///< capacities that no segment can have
    in_use,       ///< another tickcached writes it; what() names its pid
    taken,        ///< the name belongs to another user, or to something that is no segment
    no_space,     ///< /dev/shm is full
    system,
  };
  WriterError(Code code, const std::string& what) : std::runtime_error(what), code_(code) {}
  [[nodiscard]] Code code() const noexcept { return code_; }

 private:
  Code code_;
};

/// The exclusive right to write segment `name`, for as long as the object lives: an open file
/// description lock on NAME.lock, which is never removed.
class SegmentLock {
 public:
  /// Throws WriterError.
  explicit SegmentLock(const std::string& name);
  ~SegmentLock();
  SegmentLock(const SegmentLock&) = delete;
  SegmentLock& operator=(const SegmentLock&) = delete;

 private:
  int fd_ = -1;
};

/// A segment in the making and, after publish(), under its name.
class SegmentOwner {
 public:
  /// Takes the lock. Throws WriterError.
  SegmentOwner(std::string name, mode_t mode);
  /// Removes what create() made, if it was not published. A published segment stays.
  ~SegmentOwner();
  SegmentOwner(const SegmentOwner&) = delete;
  SegmentOwner& operator=(const SegmentOwner&) = delete;

  /// Maps what lies under the name, if it is a segment of ours. Throws WriterError if it is
  /// somebody else's, or something else. No predecessor: the mapping is empty.
  [[nodiscard]] Mapping open_predecessor(layout::Header& header) const;

  /// Makes a segment of `header`'s geometry under NAME.next, or under NAME~….next if somebody else
  /// holds that, all zero but for the header. The present one, if any, stays mapped until
  /// publish(). Throws WriterError.
  WritableSegmentView create(const layout::Header& header);

  /// Renames what create() made over the name, marks `predecessor` (may be empty) superseded and
  /// wakes its waiters. Throws WriterError.
  void publish(const WritableSegmentView& predecessor);

  enum class Name : std::uint8_t { mine, gone, foreign };
  [[nodiscard]] Name check_name() const noexcept;
  [[nodiscard]] const std::string& name() const noexcept { return name_; }

 private:
  std::string name_;
  mode_t mode_;
  SegmentLock lock_;
  boost::interprocess::mapped_region region_;  ///< published
  boost::interprocess::mapped_region next_;
  std::string next_name_;  ///< where create() made it
  dev_t device_ = 0;
  ino_t inode_ = 0;
};

}  // namespace tickcache
