// Every execution of a writer and its readers.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "tests/proof/model/memory.hpp"

namespace tickcache::model {

struct Outcome {
  std::uint64_t executions = 0;
  std::string violation;  ///< what was wrong in the last execution, and the execution; empty: none

  [[nodiscard]] bool good() const noexcept { return violation.empty(); }
};

/// Runs `writer()` once and then `reader()` in every execution, until it returns what is wrong: an
/// empty text, if nothing is. A reader that plays several threads calls memory.begin_thread().
template <class Writer, class Reader>
Outcome explore(Memory& memory, Writer&& writer, Reader&& reader) {
  memory.begin_thread("writer");
  std::forward<Writer>(writer)();
  memory.end_thread();
  memory.mark();
  Outcome outcome;
  do {
    memory.back_to_mark();
    memory.begin_thread("reader");
    std::string wrong = reader();
    memory.end_thread();
    ++outcome.executions;
    if (!memory.problem().empty()) wrong = memory.problem();
    if (!wrong.empty()) outcome.violation = wrong + "\n" + memory.execution();
  } while (outcome.good() && memory.next_execution());
  return outcome;
}

}  // namespace tickcache::model
