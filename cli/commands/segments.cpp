// tickcache segments: every segment of this machine.
#include <sys/stat.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/commands/commands.hpp"
#include "cli/doctor/users.hpp"
#include "cli/print/describe.hpp"
#include "cli/print/table.hpp"
#include "cli/print/text.hpp"
#include "cli/segments.hpp"
#include "encode/line.hpp"
#include "encode/read.hpp"

namespace tickcache::cli {

using namespace encode;
namespace {

struct Segment {
  std::string name;
  std::string group;  ///< who may read it, besides its owner
  std::optional<std::string> layout;
  std::unique_ptr<Status> status;  ///< none if it cannot be opened
  std::string verdict;             ///< of the feed, or why it cannot be opened
};

/// Nothing if it is gone meanwhile.
std::optional<Segment> look_at(const std::string& name) {
  struct stat file {};
  if (lstat(path_of_segment(name).c_str(), &file) != 0) return std::nullopt;
  Segment segment{name, group_name(file.st_gid), layout_version(name), nullptr, {}};
  try {
    Reader reader(name);
    if (reader.error() == OpenError::missing) return std::nullopt;
    segment.status = read_status(reader);
    segment.verdict = feed_verdict(reader, *segment.status);
  } catch (const SegmentError& error) {
    segment.verdict = printable(error.what());
  }
  return segment;
}

std::vector<Cell> row_of(const Segment& segment) {
  std::vector<Cell> row = {
      {printable(segment.name), Style::bold}, {segment.layout.value_or("-")}, {segment.group}};
  if (!segment.status) {
    for (int i = 0; i < 3; ++i) row.push_back({"-"});
    row.push_back({segment.verdict, Style::red});
    return row;
  }
  const Status& status = *segment.status;
  row.push_back({status.feed == Freshness::down ? "-" : std::to_string(status.writer_pid)});
  row.push_back({grouped(status.symbols)});
  row.push_back({printable(status.upstream.view())});
  row.push_back({segment.verdict, style_of(status.feed)});
  return row;
}

std::string json_of(const Segment& segment) {
  static const Status kUnknown;
  const Status& status = segment.status ? *segment.status : kUnknown;
  JsonLine json;
  json.text("segment", segment.name);
  json.text_or_null("layout", segment.layout.value_or(""));
  json.text("group", segment.group);
  json.text_or_null("error", segment.status ? "" : segment.verdict);
  json.known(segment.status != nullptr);
  json.text("run_state", to_string(status.run_state));
  json.number("pid", status.writer_pid);
  json.text("version", status.version.view());
  json.text("upstream", status.upstream.view());
  json.number("symbols", status.symbols);
  json.text("feed", to_string(status.feed));
  json.text_or_null("reason", status.reason == Reason::none ? "" : to_string(status.reason));
  return json.finish();
}

}  // namespace

ExitCode run_segments(const Arguments& arguments, Output& out) {
  Table table({{"SEGMENT", Align::left},
               {"LAYOUT", Align::left},
               {"GROUP", Align::left},
               {"PID", Align::right},
               {"SYMBOLS", Align::right},
               {"UPSTREAM", Align::left},
               {"FEED", Align::left}});
  std::string objects;
  for (const std::string& name : segment_names()) {
    const auto segment = look_at(name);
    if (!segment) continue;
    table.add(row_of(*segment));
    objects += json_of(*segment);
  }
  if (table.size() == 0) {
    complain("no segment on this machine: start tickcached");
    return ExitCode::no_segment;
  }
  out.write(arguments.json ? objects : table.text(arguments.colored(out)));
  return ExitCode::ok;
}

}  // namespace tickcache::cli
