// export and metrics, and the files that they write.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "cli/json_keys.hpp"
#include "cli/test_segment.hpp"

using namespace tickcache;
using namespace tickcache::test;

namespace {

namespace fs = std::filesystem;

/// A directory of the test's own.
class Folder {
 public:
  Folder() {
    std::string name = fs::temp_directory_path() / "tickcache-test-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  [[nodiscard]] std::string file(const char* name) const { return path_ / name; }
  [[nodiscard]] std::size_t entries() const {
    return static_cast<std::size_t>(
        std::distance(fs::directory_iterator(path_), fs::directory_iterator()));
  }

 private:
  fs::path path_;
};

std::string content_of(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

mode_t mode_of(const std::string& path) {
  struct stat file {};
  REQUIRE(lstat(path.c_str(), &file) == 0);
  return file.st_mode & 07777;
}

void fill(TestSegment& segment) {
  segment.connect();
  segment.channel(ChannelKind::candles, ChannelState::acknowledged, "BTCUSDT", "1m");
  segment.tick("ETHUSDT", "3421.50");
  segment.tick("BTCUSDT", "64521.30");
  SymbolText symbol;
  symbol.assign("BTCUSDT");
  IntervalText interval;
  interval.assign("1m");
  for (int i = 0; i < 3; ++i) {
    Candle candle;
    candle.open_time_ns = 1'771'860'600'000'000'000 + i * 60 * kSecond;
    candle.open = candle.high = candle.low = candle.close = *Decimal::parse("64521.30");
    candle.volume.assign("12.345");
    candle.closed = 1;
    segment.writer().candle(0, symbol, interval, candle, boot_now());
  }
}

}  // namespace

TEST_CASE("export prints every ticker as CSV, or as list does in JSON") {
  TestSegment segment;
  fill(segment);
  const Finished result = segment.run({"export"});
  CHECK(result.code == 0);
  const auto lines = lines_of(result.out);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0] ==
        "symbol,price,quantity,timestamp,age_ms,freshness,reason,updates,snapshot,lag_ms");
  CHECK(lines[1].starts_with("BTCUSDT,64521.30,0.0120,2026-02-23T15:30:45.123Z,"));
  CHECK(lines[1].ends_with(",live,,1,false,0"));
  CHECK(lines[2].starts_with("ETHUSDT,3421.50,"));
  CHECK(segment.run({"export", "tickers"}).code == 0);

  const auto objects = lines_of(segment.run({"export", "--json"}).out);
  REQUIRE(objects.size() == 2);
  CHECK(keys_of(parsed(objects[0])) ==
        "symbol price quantity timestamp age_ms freshness reason updates snapshot lag_ms");
}

TEST_CASE("export prints every candle of every series") {
  TestSegment segment;
  fill(segment);
  const auto lines = lines_of(segment.run({"export", "candles"}).out);
  REQUIRE(lines.size() == 4);
  CHECK(lines[0] ==
        "symbol,interval,open_time,open,high,low,close,volume,origin,complete,closed,age_ms,"
        "freshness,reason");
  CHECK(
      lines[3].starts_with("BTCUSDT,1m,2026-02-23T15:32:00.000Z,64521.30,64521.30,64521.30,"
                           "64521.30,12.345,,true,true,"));
  CHECK(lines_of(segment.run({"export", "candles", "--json"}).out).size() == 3);
}

TEST_CASE("export judges the feed, and needs a segment") {
  TestSegment segment;
  CHECK(segment.run({"export"}).code == 4);
  CHECK(segment.run({"export", "nothing"}).code == 2);
  const SegmentName nowhere;
  Run what;
  what.arguments = {"export", "--segment", nowhere.str()};
  const Finished none = run(what);
  CHECK(none.code == 5);
  CHECK(none.out.empty());
}

TEST_CASE("a file is replaced whole, and keeps its mode") {
  TestSegment segment;
  fill(segment);
  const Folder folder;
  const std::string path = folder.file("prices.csv");
  CHECK(segment.run({"export", "-o", path}).out.empty());
  CHECK(lines_of(content_of(path)).size() == 3);
  const mode_t mask = umask(0);
  umask(mask);
  CHECK(mode_of(path) == (0666 & ~mask));

  std::ofstream(path) << "something longer than what comes: " << std::string(10'000, 'x');
  REQUIRE(chmod(path.c_str(), 0604) == 0);
  const std::string link = folder.file("link.csv");
  REQUIRE(symlink("prices.csv", link.c_str()) == 0);
  // A second name of the old file: it must keep what it has.
  const std::string old = folder.file("old.csv");
  fs::create_hard_link(path, old);
  CHECK(segment.run({"export", "--output", link}).code == 0);
  CHECK(lines_of(content_of(path)).size() == 3);
  CHECK(mode_of(path) == 0604);
  CHECK(fs::is_symlink(link));
  CHECK(content_of(old).size() > 10'000);
  CHECK(folder.entries() == 3);
}

TEST_CASE("a symbolic link that another user has planted is not followed") {
  TestSegment segment;
  fill(segment);
  const Folder folder;
  const std::string mine = folder.file("mine.csv");
  std::ofstream(mine) << "precious\n";
  const std::string planted = folder.file("planted.csv");
  REQUIRE(symlink("mine.csv", planted.c_str()) == 0);
  REQUIRE(lchown(planted.c_str(), 61003, 61003) == 0);
  const std::string link = folder.file("link.csv");  // our own, which leads to it
  REQUIRE(symlink("planted.csv", link.c_str()) == 0);
  for (const std::string& path : {planted, link}) {
    const Finished refused = segment.run({"export", "-o", path});
    CHECK(refused.code == 1);
    CHECK(refused.err.find("is a symbolic link of another user") != std::string::npos);
    CHECK(content_of(mine) == "precious\n");
  }
  const std::string loop = folder.file("loop.csv");
  REQUIRE(symlink("loop.csv", loop.c_str()) == 0);
  CHECK(segment.run({"export", "-o", loop}).err.find("loop") != std::string::npos);
}

TEST_CASE("a file that cannot be written is an error, and stays") {
  TestSegment segment;
  fill(segment);
  const Folder folder;
  const Finished nowhere = segment.run({"export", "-o", folder.file("no/such.csv")});
  CHECK(nowhere.code == 1);
  CHECK(nowhere.err.find("No such file or directory") != std::string::npos);
  CHECK(segment.run({"export", "-o", ""}).code == 2);
  const Finished device = segment.run({"export", "-o", "/dev/null"});
  CHECK(device.code == 1);
  CHECK(device.err.find("no regular file") != std::string::npos);
  CHECK(fs::is_character_file("/dev/null"));
  CHECK(folder.entries() == 0);
}

TEST_CASE("metrics says how the daemon is, and that there is none") {
  TestSegment segment;
  fill(segment);
  const Finished result = segment.run({"metrics"});
  CHECK(result.code == 0);
  CHECK(result.out.find("tickcache_up{segment=\"" + segment.name() + "\"} 1\n") !=
        std::string::npos);
  CHECK(segment.run({"metrics", "--json"}).code == 2);

  const Folder folder;
  const std::string path = folder.file("tickcache.prom");
  const SegmentName nowhere;
  Run what;
  what.arguments = {"metrics", "--segment", nowhere.str(), "-o", path};
  CHECK(run(what).code == 0);
  CHECK(content_of(path).find("tickcache_up{segment=\"" + nowhere.str() + "\"} 0\n") !=
        std::string::npos);
}

TEST_CASE("metrics tells of a segment that cannot be used, too") {
  const SegmentName name;
  std::ofstream(name.path()) << "something else";
  Run what;
  what.arguments = {"metrics", "--segment", name.str()};
  const Finished result = run(what);
  CHECK(result.code == 1);
  CHECK(result.out.find("tickcache_up{segment=\"" + name.str() + "\"} 0\n") != std::string::npos);
  CHECK_FALSE(result.err.empty());
}
