// tickcache-redis: the cache for other machines.
#include <systemd/sd-daemon.h>

#include "bridges/redis/option_table.hpp"
#include "bridges/redis/origin.hpp"

namespace {

using namespace tickcache;
using namespace tickcache::redis;

void serve(const Config& config) {
  Origin origin(config, [](const std::string& text) {
    bridges::mention(kName, text);
    sd_notify(0, ("STATUS=" + text).c_str());
  });
  sd_notify(0, "READY=1");
  origin.run();
  sd_notify(0, "STOPPING=1");
}

}  // namespace

int main(int argc, char** argv) { return program().run(argc, argv, serve); }
