// What the session does in each of RFC 6455's cases.
#pragma once

#include <string>
#include <vector>

namespace tickcache::faults {

struct ConformanceCase {
  std::string section;   ///< of RFC 6455
  std::string what;      ///< what the exchange does
  std::string bytes;     ///< what it sends after the upgrade
  std::string expected;  ///< what the session does about it, as observe() words it
  bool byte_by_byte = false;
};

/// Every case, in the order of the sections.
std::vector<ConformanceCase> conformance_cases();

/// Lets a session meet the case. Tells, in this order: the messages that it delivered, the pongs
/// that it sent, and how it ended: "stays open", "fails with CODE" (the close frame that it sent),
/// or "closed with CODE, answers CODE".
std::string observe(const ConformanceCase& conformance_case);

}  // namespace tickcache::faults
