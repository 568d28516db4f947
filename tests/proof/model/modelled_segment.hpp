// A segment whose words belong to the model, with the product's own writer and reader.
#pragma once

#include <optional>
#include <string>

#include "libcache/reader/reader_impl.hpp"
#include "libcache/writer/writer.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/proof/model/explore.hpp"

namespace tickcache::model {

/// When the scenarios begin, CLOCK_BOOTTIME: no test looks at a clock.
inline constexpr std::int64_t kStart = 1000 * test::kSecond;

/// What was published before explore() is there for every reader; then the words are modelled.
class ModelledSegment {
 public:
  /// `silence_after`: as WriterOptions::silence_after_ns.
  explicit ModelledSegment(std::int64_t silence_after = 30 * test::kSecond);

  CacheWriter& writer() noexcept { return *writer_; }
  Reader& reader() noexcept { return *reader_; }
  [[nodiscard]] const SegmentView& view() { return reader_->impl().view(); }

  /// Attaches the reader to what is there now and runs `write()` against every execution of
  /// `read()`, as explore() does.
  template <class Write, class Read>
  Outcome run(const Mutation& mutation, Write&& write, Read&& read) {
    attach();
    Memory memory([this](const void* address) { return place(address); }, mutation);
    memory.alias(view().base(), view().header().segment_size, writer_->view().base());
    return explore(memory, std::forward<Write>(write), std::forward<Read>(read));
  }

 private:
  void attach();
  /// The name of a word of the writer's mapping.
  [[nodiscard]] std::string place(const void* address) const;

  test::SegmentName name_;
  std::optional<CacheWriter> writer_;
  std::optional<Reader> reader_;
};

/// A lookup's query at `now`.
inline Query at(std::int64_t now) {
  Query query;
  query.now = boot_time(now);
  return query;
}

}  // namespace tickcache::model
