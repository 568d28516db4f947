// The daemon is stopped after each instruction of storing an update: where it is stopped, it may as
// well have been killed.
#include <doctest/doctest.h>

#include <string>

#include "support/sanitizers.hpp"
#include "tests/daemon/account/model.hpp"
#include "tests/proof/step/stepped.hpp"

namespace tickcache::test {

TEST_CASE("fault 60: killed at any instruction of storing an update, the daemon has not lost it" *
          doctest::skip(kAddressSanitizer)) {
  for (const bool pushed : {false, true}) {
    CAPTURE(pushed);
    Model model;
    model.connect();
    const std::string id = model.place();
    model.run(seconds(10));
    const std::uint64_t before = model.head();
    Stepped daemon(
        [&] {
          if (!pushed) {
            model.change(id, "filled", 10);
            model.requests.clear();
            while (model.requests.empty()) model.run(seconds(0.05));
          }
          return &model;
        },
        [&](Model* stepped) {
          if (pushed) stepped->change(id, "filled", 10, true);
          if (!pushed) stepped->run(seconds(0.1));
        });
    REQUIRE(daemon.ready());
    // The next run takes an order that is known to be filled for told.
    bool lost = false;
    while (!lost && daemon.step()) {
      lost = model.known_status(0) == "filled" && model.head() == before;
    }
    CHECK_FALSE(lost);
    if (lost) continue;
    CHECK(model.known_status(0) == "filled");
    CHECK(model.head() == before + 1);
    CHECK(daemon.finish());
  }
}

}  // namespace tickcache::test
