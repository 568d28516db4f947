// tickcache-relay: the cache for any program and for browsers.
#include <sys/resource.h>

#include "bridges/relay/option_table.hpp"
#include "bridges/relay/relay.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::relay;

/// Each client takes a descriptor.
void allow_descriptors() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

void serve(const Config& config) {
  allow_descriptors();
  Relay relay(config);
  const auto where = relay.endpoint();
  const options::Endpoint listening{where.address().to_string(), where.port()};
  bridges::complain(kName, "listening on http://" + listening.text());
  relay.run([](const std::string& text) { bridges::mention(kName, text); });
}

}  // namespace

int main(int argc, char** argv) { return program().run(argc, argv, serve); }
