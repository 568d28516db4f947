#include "daemon/wake_up.hpp"

#include <boost/asio/post.hpp>

namespace tickcache::daemon {

void WakeUp::stored(Time now) {
  ++messages_;
  if (!writer_.dirty()) return;
  if (looking_) {
    if (now - first_ >= kLongest) {
      writer_.flush();
      first_ = now;
    }
    return;
  }
  looking_ = true;
  first_ = now;
  boost::asio::post(io_, [this, before = messages_ - 1] { look(before); });
}

/// The input is drained when a whole round of the loop has brought no message: a message that was
/// already buffered is delivered by a handler that stands in the queue before our next turn.
void WakeUp::look(std::uint64_t messages_before) {
  if (messages_ != messages_before) {
    boost::asio::post(io_, [this, before = messages_] { look(before); });
    return;
  }
  looking_ = false;
  writer_.flush();
}

}  // namespace tickcache::daemon
