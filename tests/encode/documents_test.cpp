// Dashboard, alerts and the operator's page speak of metrics that exist, and leave none out.
#include <doctest/doctest.h>

#include <fstream>
#include <iterator>
#include <memory>
#include <regex>
#include <set>
#include <string>

#include "encode/prometheus.hpp"
#include "tests/encode/exposition.hpp"

namespace tickcache::encode {
namespace {

using Names = std::set<std::string>;

std::string read(const std::string& name) {
  std::ifstream file(std::string(TICKCACHE_DOCS) + "/" + name);
  REQUIRE(file.is_open());
  return {std::istreambuf_iterator<char>(file), {}};
}

Names names_in(const std::string& text) {
  static const std::regex name("tickcache_[a-z_]+");
  Names names;
  for (std::sregex_iterator at(text.begin(), text.end(), name), end; at != end; ++at) {
    names.insert(at->str());
  }
  return names;
}

/// Everything that a running daemon exports.
Names exported() {
  auto status = std::make_unique<Status>();
  status->reason = Reason::none;
  Names names;
  for (const auto& [name, type] : Exposition(prometheus_text(*status, "t")).types) {
    names.insert(name);
  }
  return names;
}

TEST_CASE("documents: no metric that does not exist") {
  const Names metrics = exported();
  CHECK(metrics.size() > 30);
  for (const char* document : {"alerts.yml", "grafana-dashboard.json", "operations.md"}) {
    CAPTURE(document);
    const Names names = names_in(read(document));
    CHECK(names.size() > 10);
    for (const std::string& name : names) {
      CAPTURE(name);
      CHECK(metrics.count(name) == 1);
    }
  }
}

TEST_CASE("documents: the operator's page has every metric") {
  const Names documented = names_in(read("operations.md"));
  for (const std::string& name : exported()) {
    CAPTURE(name);
    CHECK(documented.count(name) == 1);
  }
}

TEST_CASE("documents: every alert has a test that makes it fire") {
  const std::string alerts = read("alerts.yml");
  const std::string invented = read("../tests/encode/alerts_test.yml");
  const std::string real = read("../tests/e2e/alert_states.cpp");
  static const std::regex alert("alert: ([A-Za-z]+)");
  std::size_t count = 0;
  for (std::sregex_iterator at(alerts.begin(), alerts.end(), alert), end; at != end; ++at) {
    const std::string name = at->str(1);
    CAPTURE(name);
    const bool fires =
        invented.find("{alertname=\"" + name + "\"}") != std::string::npos ||
        std::regex_search(real, std::regex("\"[A-Za-z ]*\\b" + name + "\\b[A-Za-z ]*\""));
    CHECK(fires);
    ++count;
  }
  CHECK(count > 10);
}

TEST_CASE("documents: a rejected key is found without the daemon, which has ended") {
  for (const char* document : {"alerts.yml", "operations.md"}) {
    CAPTURE(document);
    CHECK(read(document).find("node_systemd_unit_state{") != std::string::npos);
  }
}

}  // namespace
}  // namespace tickcache::encode
