// A network namespace with one link to this machine's, which can be cut. Needs root. It lives as
// long as a process of this one's, however the test ends.
#pragma once

#include <string>

#include "support/program.hpp"

namespace tickcache::test {

class NetworkNamespace {
 public:
  NetworkNamespace();
  ~NetworkNamespace();
  NetworkNamespace(const NetworkNamespace&) = delete;
  NetworkNamespace& operator=(const NetworkNamespace&) = delete;

  /// The command, to be run inside.
  [[nodiscard]] Command inside(Command command) const;
  /// This machine's address on the link.
  [[nodiscard]] std::string host() const { return net_ + ".1"; }

  /// The link is down, or up again.
  void set_link(bool up) const;
  /// What is sent from inside does not leave.
  void swallow_sent(bool on) const;
  /// What is sent to it does not leave this machine.
  void swallow_received(bool on) const;

 private:
  Program holder_;
  std::string link_;
  std::string net_;  ///< "10.213.N"
};

}  // namespace tickcache::test
