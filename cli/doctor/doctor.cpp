// tickcache doctor: what is wrong, why, and what to do about it.
#include <fmt/format.h>

#include <algorithm>

#include "cli/commands/commands.hpp"
#include "cli/doctor/doctor_checks.hpp"
#include "cli/print/table.hpp"
#include "cli/print/text.hpp"
#include "encode/line.hpp"
#include "encode/read.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

constexpr std::size_t kColumns = 100;
constexpr std::size_t kIndent = 9;  // "warning" and two blanks

Findings examine(const Arguments& arguments) {
  Findings findings;
  try {
    Reader reader(arguments.segment);
    if (reader.error() == OpenError::none) {
      const auto status = read_status(reader);
      const bool runs = status->feed != Freshness::down;
      check_daemon(*status, findings);
      if (runs) check_connections(*status, findings);
      if (runs && status->reason != Reason::reconnecting) {
        check_ticks(reader, *status, findings);
        check_lag(*status, findings);
        check_prices(*status, findings);
        check_subscriptions(reader, *status, findings);
      }
      check_messages(*status, findings);
      check_stored(reader, *status, findings);
      check_key(reader, *status, findings);
      check_clock(reader, findings);
      if (runs) check_core_limit(*status, findings);
    } else {
      check_unopened_segment(arguments.segment, reader.error(), reader.error_message(), findings);
    }
  } catch (const SegmentError& error) {
    if (error.code() == OpenError::bad_name) throw;
    check_unopened_segment(arguments.segment, error.code(), error.what(), findings);
  }
  check_shared_memory(arguments.segment, findings);
  return findings;
}

std::string_view to_string(Level level) noexcept {
  constexpr std::string_view kNames[] = {"ok", "note", "warning", "problem"};
  return kNames[static_cast<std::size_t>(level)];
}

Style style_of(Level level) noexcept {
  constexpr Style kStyles[] = {Style::green, Style::dim, Style::yellow, Style::red};
  return kStyles[static_cast<std::size_t>(level)];
}

std::string text_of(const Finding& finding, bool color) {
  const std::string_view level = to_string(finding.level);
  std::string text = styled(level, style_of(finding.level), color);
  text.append(kIndent - level.size(), ' ');
  text += wrapped(finding.what, kIndent, kColumns) + "\n";
  const auto add = [&](std::string_view title, const std::string& body) {
    if (body.empty()) return;
    const std::size_t indent = kIndent + title.size();
    text.append(kIndent, ' ').append(styled(title, Style::dim, color));
    text += wrapped(body, indent, kColumns) + "\n";
  };
  add("because ", finding.why);
  add("remedy: ", finding.remedy);
  return text;
}

std::string json_of(const Finding& finding) {
  JsonLine line;
  line.text("level", to_string(finding.level));
  line.text("check", finding.check);
  line.text("what", finding.what);
  line.text_or_null("why", finding.why);
  line.text_or_null("remedy", finding.remedy);
  return line.finish();
}

std::string summary(const Findings& findings) {
  const auto count = [&](Level level) {
    return static_cast<std::uint64_t>(
        std::count_if(findings.begin(), findings.end(),
                      [&](const Finding& finding) { return finding.level == level; }));
  };
  return fmt::format("\n{}, {}, {}\n", counted(count(Level::problem), "problem"),
                     counted(count(Level::warning), "warning"),
                     counted(count(Level::note), "note"));
}

}  // namespace

ExitCode run_doctor(const Arguments& arguments, Output& out) {
  Findings findings = examine(arguments);
  // The worst first, those of one level as they were found.
  std::stable_sort(findings.begin(), findings.end(),
                   [](const Finding& a, const Finding& b) { return a.level > b.level; });
  const bool color = arguments.colored(out);
  auto code = ExitCode::ok;
  for (const Finding& finding : findings) {
    code = std::max(code, finding.code);
    out.write(arguments.json ? json_of(finding) : text_of(finding, color));
  }
  if (!arguments.json) out.write(summary(findings));
  return code;
}

}  // namespace tickcache::cli
