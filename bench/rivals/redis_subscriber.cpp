// Handles the ticks that bench_redis_bridge publishes: how long after the exchange sent one its
// handler runs. Usage: bench_redis_subscriber SOCKET; ends at the message "end" and prints JSON.
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>
#include <string_view>

#include "bench/end_to_end/tick_frames.hpp"
#include "bench/rivals/redis.hpp"
#include "bench/support/clock.hpp"
#include "bench/support/histogram.hpp"

namespace {

using namespace tickcache::bench;

int run(const char* socket) {
  Histogram latencies;
  Redis redis(socket);
  redis.subscribe("ticks");
  std::cout << "ready" << std::endl;
  for (;;) {
    const Redis::Reply reply = redis.next();
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) continue;
    const std::string_view message(reply->element[2]->str, reply->element[2]->len);
    if (message == "end") break;
    latencies.add(boot_now() - stamp_in(message));
  }
  std::cout << "{" << latencies.json() << "}" << std::endl;
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: bench_redis_subscriber SOCKET\n";
    return 2;
  }
  try {
    return run(argv[1]);
  } catch (const std::exception& error) {
    std::cerr << "bench_redis_subscriber: " << error.what() << '\n';
    return 1;
  }
}
