#include "options/help.hpp"

#include <doctest/doctest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "tests/options/some_options.hpp"

namespace tickcache::options {
namespace {

TEST_CASE("options in two columns, grouped, with all that is known of them") {
  CHECK(
      help_groups(kOptions) ==
      "\nSound:\n"
      "  -l, --loud          Make noise.\n"
      "\nLooks:\n"
      "  --colors[=BOOL]     Use colors. They need a terminal. (default: true)\n"
      "  -n, --number N      Show N.\n"
      "  --size SIZE         How large. (default: small; environment: SOME_SIZE; needs a restart)\n"
      "  --output-file FILE  Where to write.\n"
      "  --wait SECONDS      How long.\n");
}

TEST_CASE("the manual page has the same, and the file's page only what may stand in a file") {
  const std::string page = manual_groups(kOptions, Place::command_line);
  CHECK(page.starts_with("## Sound\n\n*-l, --loud*\n\tMake noise.\n\n## Looks\n\n"));
  CHECK(page.find("environment: SOME\\_SIZE") != std::string::npos);
  const std::string file = manual_groups(kOptions, Place::file);
  CHECK(file.starts_with("## Looks\n\n*colors = BOOL*\n\tUse colors."));
  CHECK(file.find("loud") == std::string::npos);
}

TEST_CASE("long lines are wrapped under their column") {
  const std::string text = help_list({{"term", std::string(50, 'a') + " " + std::string(50, 'b')}});
  CHECK(text == "  term  " + std::string(50, 'a') + "\n        " + std::string(50, 'b') + "\n");
}

TEST_CASE("a page's lists are filled in, and none may be missing") {
  const std::string path = std::filesystem::temp_directory_path() / "options_help_test.page";
  std::ofstream(path) << "a\n@LIST@\nb@x\n";
  CHECK(filled_page(path, {{"@LIST@", "1\n2\n"}}) == "a\n1\n2\nb@x\n");
  CHECK_THROWS_AS(static_cast<void>(filled_page(path, {})), std::out_of_range);
  std::filesystem::remove(path);
  CHECK_THROWS_AS(static_cast<void>(filled_page(path, {})), std::runtime_error);
}

}  // namespace
}  // namespace tickcache::options
