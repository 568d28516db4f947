// Opening a segment: what is refused and why.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <grp.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdlib>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "libcache/writer/writer.hpp"
#include "support/child.hpp"
#include "support/odd_file.hpp"
#include "support/seed.hpp"
#include "support/segment_name.hpp"
#include "tests/libcache/file.hpp"
#include "tests/libcache/payload.hpp"
#include "tests/libcache/some_segment.hpp"
#include "tickcache/tickcache.h"
#include "tickcache/tickcache.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::test;

constexpr uid_t kGames = 5;  // "games"
constexpr uid_t kOther = 65533;

struct Refusal {
  OpenError code = OpenError::none;
  std::string message;

  [[nodiscard]] bool says(const std::string& text) const {
    return message.find(text) != std::string::npos;
  }
};

Refusal open_it(const std::string& name) {
  try {
    const Reader reader(name);
    return {reader.error(), reader.error_message()};
  } catch (const SegmentError& error) {
    return {error.code(), error.what()};
  }
}

}  // namespace

TEST_CASE("fault 40: every refusal has its own code and says what to do") {
  const SegmentName name;
  CHECK(open_it(name).code == OpenError::missing);
  CHECK(open_it(name).says("start tickcached"));
  CHECK(open_it("a/b").code == OpenError::bad_name);

  write_file(name.path(), "");
  CHECK(open_it(name).code == OpenError::not_a_segment);
  write_file(name.path(), "TICKCSHM");
  CHECK(open_it(name).code == OpenError::not_a_segment);
  write_file(name.path(), std::string(4096, 'x'));
  CHECK(open_it(name).code == OpenError::not_a_segment);
  CHECK(open_it(name).says("was not made by tickcached"));
  REQUIRE(unlink(name.path().c_str()) == 0);

  make_segment(name);
  CHECK(open_it(name).code == OpenError::none);
  patch_file(name.path(), offsetof(layout::Header, instance), std::string(8, '\0'));
  CHECK(open_it(name).code == OpenError::damaged);
  CHECK(open_it(name).says("damaged"));
}

TEST_CASE("fault 40: a geometry that does not fit the file or this version is refused") {
  const layout::Header good = make_header({64, 1024});
  const auto sound = [&](auto&& spoil) {
    layout::Header header = good;
    spoil(header);
    return geometry_is_sound(header, good.segment_size);
  };
  CHECK(sound([](layout::Header&) {}));
  CHECK_FALSE(geometry_is_sound(good, good.segment_size - 1));
  CHECK_FALSE(geometry_is_sound(good, good.segment_size + 1));
  for (const std::uint32_t size : {0U, 312U, 321U, ~0U}) {
    CHECK_FALSE(sound([&](auto& h) { h.header_size = size; }));
  }
  for (const std::uint32_t stride : {0U, 16U, 25U, 1U << 24, ~0U}) {
    CHECK_FALSE(sound([&](auto& h) { h.part_stride = stride; }));
  }
  for (const std::uint32_t count : {1U << 20, ~0U}) {
    CHECK_FALSE(sound([&](auto& h) { h.part_count = count; }));
  }
  for (const std::uint32_t candles : {0U, 1U, 127U, 512U, 1U << 31}) {
    CHECK_FALSE(sound([&](auto& h) { h.closed_candles = candles; }));
  }
  for (std::uint32_t i = 0; i < layout::kPartCount; ++i) {
    CAPTURE(i);
    const layout::PartRef part = good.parts[i];
    // Without an offset a part is missing, which few may be.
    CHECK(sound([&](auto& h) { h.parts[i].offset = 0; }) ==
          (i == layout::kErrors || i == layout::kKnownOrders));
    for (const std::uint64_t offset :
         {std::uint64_t{64}, std::uint64_t{576}, part.offset + 8, good.segment_size,
          good.segment_size + 64, ~std::uint64_t{63}}) {
      CAPTURE(offset);
      CHECK_FALSE(sound([&](auto& h) { h.parts[i].offset = offset; }));
    }
    for (const std::uint32_t stride :
         {0U, part.stride - 8, part.stride - 64, part.stride + 8, ~0U - 63, ~0U}) {
      CAPTURE(stride);
      CHECK_FALSE(sound([&](auto& h) { h.parts[i].stride = stride; }));
    }
    for (const std::uint32_t record : {part.record - 8, part.record + 4, ~0U - 7, ~0U}) {
      CAPTURE(record);
      CHECK(sound([&](auto& h) { h.parts[i].record = record; }) == (part.record == 0));
    }
    for (const std::uint32_t prefix : {part.prefix + 8, ~0U - 63, ~0U}) {
      CAPTURE(prefix);
      CHECK_FALSE(sound([&](auto& h) { h.parts[i].prefix = prefix; }));
    }
    if (part.prefix > 0) CHECK_FALSE(sound([&](auto& h) { h.parts[i].prefix = 0; }));
    for (const std::uint32_t count : {1U << 27, 1U << 31, ~0U}) {
      CHECK_FALSE(sound([&](auto& h) { h.parts[i].count = count; }));
    }
    // Not enough room at the end of the file.
    const std::uint64_t size = part.prefix + std::uint64_t{part.count} * part.stride;
    const std::uint64_t last = (good.segment_size - size) / 64 * 64 + 64;
    CHECK_FALSE(sound([&](auto& h) { h.parts[i].offset = last; }));
  }
  for (const layout::Part ring :
       {layout::kIndex, layout::kTape, layout::kOrders, layout::kPortfolio}) {
    for (const std::uint32_t count : {0U, 1U, 3U, 96U}) {
      CHECK_FALSE(sound([&](auto& h) { h.parts[ring].count = count; }));
    }
  }
  CHECK_FALSE(sound([](auto& h) { h.parts[layout::kNames].count = 63; }));
  CHECK_FALSE(
      sound([](auto& h) { h.parts[layout::kCells].count = h.parts[layout::kNames].count = 0; }));
  CHECK_FALSE(sound([](auto& h) { h.parts[layout::kIndex].count = 64; }));
}

TEST_CASE("fault 40: a segment cut to any length is refused") {
  const SegmentName name;
  make_segment(name);
  const auto size = static_cast<std::size_t>(status_of(name.path()).st_size);
  std::vector<std::size_t> lengths;
  lengths.push_back(size - 1);
  for (std::size_t percent = 99; percent > 0; --percent) lengths.push_back(size * percent / 100);
  for (std::size_t i = 600; i > 0; --i) lengths.push_back(i);
  for (const std::size_t length : lengths) {
    REQUIRE(truncate(name.path().c_str(), static_cast<off_t>(length)) == 0);
    const OpenError expected = length < 12 ? OpenError::not_a_segment : OpenError::damaged;
    CAPTURE(length);
    CHECK(open_it(name).code == expected);
  }
}

TEST_CASE("fault 40: random files are no segments") {
  const SegmentName name;
  const std::uint64_t seed = seed_or(5);
  INFO("TICKCACHE_TEST_SEED=" << seed);
  std::mt19937_64 random(seed);
  for (int round = 0; round < 500; ++round) {
    std::string bytes(random() % 2000, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    // Some get as far as the geometry.
    if (round % 2 == 0 && bytes.size() >= 12) bytes.replace(0, 12, "TICKCSHM\2\0\0\0", 12);
    write_file(name.path(), bytes);
    const OpenError code = open_it(name).code;
    CHECK((code == OpenError::not_a_segment || code == OpenError::damaged));
  }
}

TEST_CASE("fault 48: what is no regular file is refused at once") {
  const SegmentName name;
  const SegmentName target;
  make_segment(target);
  for (const OddFile kind : kOddFiles) {
    CAPTURE(std::string(name_of(kind)));
    REQUIRE(make_odd_file(kind, name.path(), target.path()));
    const Refusal refusal = open_it(name);
    CHECK(refusal.code == OpenError::not_a_segment);
    CHECK(refusal.says(name.str()));
    remove_odd_file(name.path());
  }
}

TEST_CASE("fault 37: a segment that its group or others may write to is refused") {
  const SegmentName name;
  make_segment(name);
  for (const mode_t mode : {0660U, 0642U, 0666U, 0777U}) {
    REQUIRE(chmod(name.path().c_str(), mode) == 0);
    CHECK(open_it(name).code == OpenError::unsafe_mode);
    CHECK(open_it(name).says("can be written"));
  }
  for (const mode_t mode : {0600U, 0640U, 0644U, 0755U}) {
    REQUIRE(chmod(name.path().c_str(), mode) == 0);
    CHECK(open_it(name).code == OpenError::none);
  }
}

TEST_CASE("fault 37: owners: oneself, root and TICKCACHE_USER are trusted, nobody else") {
  if (geteuid() != 0) {
    MESSAGE("not root: nothing can be given to another user");
    return;
  }
  const SegmentName name;
  make_segment(name);
  const auto give_to = [&](uid_t owner, gid_t group, mode_t mode) {
    REQUIRE(chown(name.path().c_str(), owner, group) == 0);
    REQUIRE(chmod(name.path().c_str(), mode) == 0);
  };
  /// Opens it as another user: 0 if the result is `code` and its message has `text`.
  const auto open_as = [&](uid_t user, gid_t group, OpenError code, const std::string& text) {
    Child child([&] {
      if (setgroups(0, nullptr) != 0 || setgid(group) != 0 || setuid(user) != 0) return 2;
      const Refusal refusal = open_it(name);
      if (refusal.code != code) return 10 + static_cast<int>(refusal.code);
      return refusal.says(text) ? 0 : 3;
    });
    return child.wait();
  };
  unsetenv("TICKCACHE_USER");

  give_to(0, 0, 0644);
  CHECK(open_as(kGames, kGames, OpenError::none, "") == 0);
  give_to(kGames, kGames, 0640);
  CHECK(open_as(kGames, kGames, OpenError::none, "") == 0);
  CHECK(open_it(name).code == OpenError::stranger);  // even root is not to be fooled
  CHECK(open_it(name).says("number 5"));
  CHECK(open_it(name).says("TICKCACHE_USER"));
  give_to(kOther, kGames, 0640);
  CHECK(open_as(kGames, kGames, OpenError::stranger, "65533") == 0);

  give_to(kGames, 0, 0644);
  setenv("TICKCACHE_USER", "games", 1);
  CHECK(open_it(name).code == OpenError::none);
  setenv("TICKCACHE_USER", "daemon", 1);
  CHECK(open_it(name).code == OpenError::stranger);
  setenv("TICKCACHE_USER", "5", 1);  // a number, where the name is not known
  CHECK(open_it(name).code == OpenError::none);
  for (const char* other : {"no-such-user", "65533", "5x", "-1"}) {
    setenv("TICKCACHE_USER", other, 1);
    CHECK(open_it(name).code == OpenError::stranger);
  }
  unsetenv("TICKCACHE_USER");

  give_to(0, 0, 0640);
  CHECK(open_as(kGames, kGames, OpenError::permission,
                "only the user root and the group root may: run this program as that user, or "
                "tickcached as its service does") == 0);
  CHECK(open_as(kGames, 0, OpenError::none, "") == 0);
  give_to(0, 54321, 0640);
  CHECK(open_as(kGames, kGames, OpenError::permission, "--group-add 54321") == 0);
  constexpr gid_t kDaemon = 1;  // in every Debian
  give_to(0, kDaemon, 0640);
  CHECK(open_as(kGames, kGames, OpenError::permission, "join the group daemon (usermod") == 0);
  give_to(kOther, kDaemon, 0600);
  CHECK(open_as(kGames, kDaemon, OpenError::permission,
                "only its owner may, the user with the number 65533: set segment-mode") == 0);
}

TEST_CASE("the environment names the segment when the program does not") {
  const SegmentName name;
  make_segment(name);
  setenv("TICKCACHE_SEGMENT", name.str().c_str(), 1);
  {
    const Reader reader;
    CHECK(reader.segment() == name.str());
    CHECK(reader.error() == OpenError::none);
  }
  const Reader other("tickcache-test-of-no-such-name");
  CHECK(other.segment() == "tickcache-test-of-no-such-name");
  CHECK(other.error() == OpenError::missing);
  setenv("TICKCACHE_SEGMENT", "", 1);
  CHECK(resolve_segment_name({}) == "tickcache");
  unsetenv("TICKCACHE_SEGMENT");
  CHECK(resolve_segment_name({}) == "tickcache");
}

TEST_CASE("a handle from elsewhere finds its own symbol, and one of junk is bounded") {
  const SegmentName name;
  const SegmentName other;
  make_segment(name);
  CacheWriter writer(options(other), kNow);
  writer.ticker(0, symbol("SYM3"), make_ticker(9), kNow);
  Reader first{name.str()};
  Reader second{other.str()};
  SymbolHandle handle = first.handle("sym3");
  CHECK(handle.symbol() == "SYM3");
  for (int i = 0; i < 2; ++i) {
    CHECK(first.ticker(handle).value.updates == 5);
    CHECK(second.ticker(handle).value.updates == 1);
  }
  // As a C program could pass it.
  auto plain = std::bit_cast<tickcache_handle>(handle);
  plain.cell = 0xffffffff;
  auto junk = std::bit_cast<SymbolHandle>(plain);
  CHECK(second.ticker(junk).value.updates == 1);
  SymbolHandle none;
  CHECK(second.ticker(none).freshness == Freshness::missing);
}
