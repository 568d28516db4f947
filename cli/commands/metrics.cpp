// tickcache metrics: the state of tickcached, for Prometheus.
#include "encode/prometheus.hpp"

#include <memory>

#include "cli/commands/commands.hpp"
#include "cli/print/text.hpp"

namespace tickcache::cli {

using namespace encode;

ExitCode run_metrics(const Arguments& arguments, Output& out) {
  if (arguments.json) throw UsageError("metrics has a format of its own; see status --json");
  auto code = ExitCode::ok;
  auto status = std::make_unique<Status>();
  try {
    Reader reader(arguments.segment);
    reader.status(*status);
  } catch (const SegmentError& error) {
    // For Prometheus, an unusable segment is the same as a missing one.
    if (error.code() == OpenError::bad_name) throw;
    complain(printable(error.what()));
    code = ExitCode::error;
  }
  const std::string text = encode::prometheus_text(*status, arguments.segment);
  arguments.file.empty() ? out.write(text) : replace_file(arguments.file, text);
  return code;
}

}  // namespace tickcache::cli
