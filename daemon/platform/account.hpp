// The exchange's REST interface to the account: its paths and answers.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/core/question.hpp"
#include "daemon/platform/decode.hpp"
#include "tickcache/portfolio.hpp"

namespace tickcache::daemon {

/// Path and query of a question. `id` is that of an order, percent-encoded.
[[nodiscard]] std::string account_target(const AccountQuestion& question, std::string_view id);

/// Reads the body of an answer. Nothing if it is not what was asked for.
class AccountReader {
 public:
  /// The first `most` of a list of orders. One that cannot be read has no id.
  [[nodiscard]] std::optional<std::vector<RequestedOrder>> orders(std::string_view body,
                                                                  std::size_t most);
  /// One order.
  [[nodiscard]] std::optional<RequestedOrder> order(std::string_view body);

  struct PortfolioAnswer {
    Portfolio portfolio;
    bool believable = true;  ///< false: a position has no price above 0
  };
  [[nodiscard]] std::optional<PortfolioAnswer> portfolio(std::string_view body);

 private:
  Decoder decoder_;
};

/// What the answer to any question about the account says of the key.
[[nodiscard]] Refusal refusal_of(int status, std::string_view body);

/// The code of an error, such as INVALID_API_KEY; empty if the body is none.
[[nodiscard]] std::string account_error(std::string_view body);

}  // namespace tickcache::daemon
