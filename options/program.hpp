// What each program that serves does first, and how it prints what was asked for.
#pragma once

#include <string>

namespace tickcache::options {

/// Clients' and the exchange's keys must not get into a core file. A limit of one byte keeps the
/// kernel from writing one, and, unlike a limit of none, from piping it to a program; where it may
/// not be raised to one, it is none.
void forbid_core_files();

/// Opens /dev/null for closed standard streams: otherwise a file or socket opened later could take
/// descriptor 2, and the log would go into it.
void hold_standard_streams();

/// Writes `text` to standard output. If it cannot, says so in the name of `program`, and returns
/// false.
[[nodiscard]] bool print(const char* program, const std::string& text);

}  // namespace tickcache::options
