#include "daemon/sources/net/resolver.hpp"

#include <netdb.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/post.hpp>
#include <cstring>
#include <map>
#include <memory>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#include "daemon/core/processors.hpp"

namespace tickcache::daemon {

namespace {

namespace asio = boost::asio;
using boost::system::error_code;

/// What the threads share with the loop. Outlives both.
struct Pending {
  std::mutex mutex;
  asio::io_context* io = nullptr;  ///< null once the loop is gone
  LookUp look_up;
  /// The loop may be confined to one later, where a look-up would be in its way.
  Processors processors = Processors::allowed();
  int threads = 0;
  /// Whom to tell, by call. No thread keeps one: it may hold what must be destroyed on the loop,
  /// while there is one.
  std::map<std::uint64_t, Resolved> calls;
  std::uint64_t next_call = 0;
};

void end_loop(Pending& pending) {
  std::map<std::uint64_t, Resolved> forgotten;  // destroyed without the lock
  const std::lock_guard lock(pending.mutex);
  pending.io = nullptr;
  forgotten.swap(pending.calls);
}

error_code to_error(int result) {
  if (result == EAI_SYSTEM) return {errno, boost::system::system_category()};
  if (result == EAI_NONAME || result == EAI_NODATA || result == EAI_ADDRFAMILY) {
    return asio::error::host_not_found;
  }
  if (result == EAI_AGAIN) return asio::error::host_not_found_try_again;
  if (result == EAI_MEMORY) return asio::error::no_memory;
  return asio::error::no_recovery;
}

error_code look_up_by_system(const std::string& host, std::uint16_t port, Endpoints& endpoints) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int result = getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (result != 0) return to_error(result);
  for (const addrinfo* entry = found; entry != nullptr; entry = entry->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (entry->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), entry->ai_addr, entry->ai_addrlen);
    endpoint.resize(entry->ai_addrlen);
    endpoints.push_back(endpoint);
  }
  freeaddrinfo(found);
  return endpoints.empty() ? error_code(asio::error::host_not_found) : error_code();
}

void look_up_in_thread(const std::shared_ptr<Pending>& pending, const std::string& host,
                       std::uint16_t port, std::uint64_t call) {
  static_cast<void>(pending->processors.confine());
  Endpoints endpoints;
  const error_code error = pending->look_up(host, port, endpoints);
  const std::lock_guard lock(pending->mutex);
  --pending->threads;
  const auto found = pending->calls.extract(call);
  if (found.empty()) return;  // with the loop
  asio::post(*pending->io, [error, endpoints = std::move(endpoints),
                            resolved = std::move(found.mapped())] { resolved(error, endpoints); });
}

void start_thread(const std::shared_ptr<Pending>& pending, const std::string& host,
                  std::uint16_t port, Resolved resolved) {
  const std::lock_guard lock(pending->mutex);
  if (pending->threads < kMaxLookUps) {
    const std::uint64_t call = pending->next_call++;
    try {
      std::thread(look_up_in_thread, pending, host, port, call).detach();
      ++pending->threads;
      pending->calls.emplace(call, std::move(resolved));
      return;
    } catch (const std::system_error&) {
      // The thread cannot be created: treat it as too many look-ups.
    }
  }
  asio::post(*pending->io, [resolved = std::move(resolved)] {
    resolved(asio::error::host_not_found_try_again, Endpoints());
  });
}

}  // namespace

Resolve system_resolver(asio::io_context& io) { return threaded_resolver(io, look_up_by_system); }

Resolve threaded_resolver(asio::io_context& io, LookUp look_up) {
  const auto pending = std::make_shared<Pending>();
  pending->io = &io;
  pending->look_up = std::move(look_up);
  // The last copy of the result ends the loop's part.
  const std::shared_ptr<Pending> loop(pending.get(), [pending](Pending*) { end_loop(*pending); });
  return [pending, loop](const std::string& host, std::uint16_t port, Resolved resolved) {
    error_code not_an_address;
    const auto address = asio::ip::make_address(host, not_an_address);
    if (not_an_address) {
      return start_thread(pending, host, port, std::move(resolved));
    }
    asio::post(*loop->io,
               [endpoint = asio::ip::tcp::endpoint(address, port), resolved = std::move(resolved)] {
                 resolved(error_code(), Endpoints{endpoint});
               });
  };
}

Endpoints alternate_families(const Endpoints& endpoints) {
  Endpoints first, second, result;
  for (const auto& endpoint : endpoints) {
    const bool like_first = endpoint.protocol() == endpoints.front().protocol();
    (like_first ? first : second).push_back(endpoint);
  }
  for (std::size_t i = 0; i < first.size() || i < second.size(); ++i) {
    if (i < first.size()) result.push_back(first[i]);
    if (i < second.size()) result.push_back(second[i]);
  }
  return result;
}

Endpoints in_turns(Endpoints endpoints, std::uint64_t attempt, std::size_t at_once) {
  if (endpoints.size() <= at_once) return alternate_families(endpoints);
  std::sort(endpoints.begin(), endpoints.end());
  endpoints = alternate_families(endpoints);
  const std::uint64_t first = (attempt - 1) * std::max<std::size_t>(at_once, 1) % endpoints.size();
  std::rotate(endpoints.begin(), endpoints.begin() + static_cast<std::ptrdiff_t>(first),
              endpoints.end());
  return endpoints;
}

}  // namespace tickcache::daemon
