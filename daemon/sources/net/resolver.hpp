// Resolves host names without ever blocking the loop or the end of the process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace tickcache::daemon {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
using Resolved = std::function<void(boost::system::error_code, Endpoints)>;

/// Looks up `host` and calls `resolved` once, on the loop and never from inside the call. A session
/// takes it as a parameter, so that tests need no DNS.
using Resolve = std::function<void(const std::string& host, std::uint16_t port, Resolved resolved)>;

/// Finds the addresses of a host. May block; may be called from any thread.
using LookUp = std::function<boost::system::error_code(const std::string& host, std::uint16_t port,
                                                       Endpoints& endpoints)>;

/// Maximum number of look-ups that may hang at once.
inline constexpr int kMaxLookUps = 8;

/// An address needs no look-up. A name is looked up on a separate, detached thread: a look-up may
/// hang for long and must not delay the daemon's exit. If kMaxLookUps hang, reports try_again at
/// once. `io` must outlive the last copy of the result, but not the threads: their later results
/// are dropped.
Resolve threaded_resolver(boost::asio::io_context& io, LookUp look_up);

/// The same with getaddrinfo().
Resolve system_resolver(boost::asio::io_context& io);

/// Orders addresses so that the families alternate, beginning with that of the first: a host with
/// broken IPv6 is reached over IPv4 at the second address.
Endpoints alternate_families(const Endpoints& endpoints);

/// The addresses in the order for an attempt, numbered from 1. If an attempt can try only `at_once`
/// of them, consecutive attempts begin with different ones, so that all are tried eventually,
/// whatever the resolver's order.
Endpoints in_turns(Endpoints endpoints, std::uint64_t attempt, std::size_t at_once);

}  // namespace tickcache::daemon
