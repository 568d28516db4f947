// Host names to addresses, without ever holding up the loop or the end of the process.
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

/// Looks `host` up and calls `resolved` once, on the loop and never from inside the call. A
/// parameter of Session, so that tests need no DNS.
using Resolve = std::function<void(const std::string& host, std::uint16_t port, Resolved resolved)>;

/// Finds a name's addresses, from any thread. May block.
using LookUp = std::function<boost::system::error_code(const std::string& host, std::uint16_t port,
                                                       Endpoints& endpoints)>;

/// Look-ups that may hang at once.
inline constexpr int kMaxLookUps = 8;

/// An address needs no look-up. A name is looked up in a thread of its own that nobody waits for: a
/// look-up may hang for long, and must not hang the daemon's end. If kMaxLookUps hang, try_again is
/// reported at once. `io` outlives the last copy of the result, but not necessarily the threads:
/// what they find after that is dropped.
Resolve threaded_resolver(boost::asio::io_context& io, LookUp look_up);

/// The same with getaddrinfo().
Resolve system_resolver(boost::asio::io_context& io);

/// Orders addresses so that the families take turns, the first one's first: a host whose IPv6 is
/// broken is reached over IPv4 at the second attempt.
Endpoints alternate_families(const Endpoints& endpoints);

/// The addresses in the order in which an attempt, numbered from 1, is to try them. If no more than
/// `at_once` can be tried in one, attempts that follow each other begin with different ones, so
/// that all have their turn, whatever order the resolver gives them in.
Endpoints in_turns(Endpoints endpoints, std::uint64_t attempt, std::size_t at_once);

}  // namespace tickcache::daemon
