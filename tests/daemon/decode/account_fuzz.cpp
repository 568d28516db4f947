// libFuzzer's entry for the answers about the account; seeds are in tests/data/corpus/account.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "daemon/platform/account.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tickcache::daemon;
  constexpr std::size_t kPage = 100;
  static AccountReader reader;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  if (const auto orders = reader.orders(body, kPage)) {
    if (orders->size() > kPage) std::abort();
    for (const RequestedOrder& each : *orders) {
      if (!each.order.id.empty() && each.order.status.empty()) std::abort();
    }
  }
  if (const auto order = reader.order(body); order && order->order.id.empty()) std::abort();
  static_cast<void>(reader.portfolio(body));
  for (const int status : {200, 403, 500}) static_cast<void>(refusal_of(status, body));
  return 0;
}
