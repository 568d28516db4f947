// Host names to addresses, without ever holding up the loop or the end of the process.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/system/error_code.hpp>
#include <functional>
#include <string>
#include <vector>

namespace tickcache::daemon {

using Endpoints = std::vector<boost::asio::ip::tcp::endpoint>;
using Resolved = std::function<void(boost::system::error_code, Endpoints)>;

/// Looks `host` up and calls `resolved` once, on the loop and never from inside the call. A
/// parameter of Session, so that tests need no DNS.
using Resolve = std::function<void(const std::string& host, std::uint16_t port, Resolved resolved)>;

/// The system's resolver. An address needs no look-up. A name is looked up in a thread of its own
/// that nobody waits for: getaddrinfo() may hang for long, and must not hang the daemon's end. If
/// too many hang at once, try_again is reported at once. `io` outlives every call but not
/// necessarily the threads: what they find after it is gone is dropped.
Resolve system_resolver(boost::asio::io_context& io);

/// Orders addresses so that the families take turns, the first one's first: a host whose IPv6 is
/// broken is reached over IPv4 at the second attempt.
Endpoints alternate_families(const Endpoints& endpoints);

}  // namespace tickcache::daemon
