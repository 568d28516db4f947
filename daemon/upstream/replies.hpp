// Which request a reply answers. Replies come in the order of the requests; an acknowledgement
// names its channel, an error at most quotes it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "daemon/event.hpp"
#include "daemon/upstream/request.hpp"
#include "daemon/upstream/timing.hpp"

namespace tickcache::daemon {

struct Request {
  Channel channel;
  std::uint32_t subscription = 0;  ///< which of the channel's subscriptions it was sent for
  Form form = Form::split;
  bool subscribe = true;
  bool last = false;  ///< no other form is left to try
};

/// The requests and pongs of one session that may still be answered.
///
/// An acknowledgement answers the oldest unanswered request of its channel. An error answers the
/// oldest request that may be answered with one: not one that came before a request that has been
/// answered: its turn is over. On an exchange that has acknowledged nothing yet, and perhaps never
/// will, one whose channel has shown data is not meant, and one that is overdue has probably been
/// accepted without a word, and is chosen only if there is no other. Where the error's message
/// quotes the channel, as the platform's does, the oldest of those that were made under that name
/// comes first: so one error that was taken for another's does not shift all that follow.
///
/// A good pong is answered with nothing, so a pong may be unanswered until a request that was sent
/// after it has been answered, or answer_timeout is over.
class Replies {
 public:
  /// A new session.
  void clear();
  void asked(const Request& request, Time now);
  void ponged(Time now);

  /// The request that an acknowledgement answers, if there was one.
  std::optional<Request> acknowledged(bool subscribed, const Channel& channel);

  /// What an error answers: a request, a pong, or (neither) nothing that is known.
  struct Refused {
    std::optional<Request> request;
    bool pong = false;
  };
  Refused refused(const ErrorEvent& error, Time now, Time answer_timeout);

  /// Whether a request has been acknowledged in this session.
  [[nodiscard]] bool acknowledges() const { return acknowledges_; }

  /// Data has shown that this subscription was accepted, in this form.
  void proven(std::uint32_t subscription, Form form);

  /// The next request that has become overdue; each is returned once.
  std::optional<Request> take_overdue(Time now, Time answer_timeout);
  /// When the next one will; Time::max() if none.
  [[nodiscard]] Time next_overdue(Time answer_timeout) const;

  /// Whether a request about this channel is unanswered.
  [[nodiscard]] bool awaits(const Channel& channel) const;
  /// Whether data of this channel may be of a subscription that is just being ended.
  [[nodiscard]] bool may_be_left_over(const Channel& data) const;

 private:
  struct Entry {
    Request request;
    std::uint64_t position;  ///< among everything sent
    Time sent;
    bool overdue = false;
    bool passed = false;  ///< one that came later has been answered
    bool proven = false;  ///< by data
  };
  struct Pong {
    std::uint64_t position;
    Time sent;
  };

  [[nodiscard]] std::optional<std::size_t> oldest(ErrorCode code, std::string_view name) const;
  Request answer(std::size_t index);

  // Few, and only touched when something is sent or answered: plain vectors do.
  std::vector<Entry> entries_;
  std::vector<Pong> pongs_;
  std::uint64_t position_ = 0;
  bool acknowledges_ = false;  ///< a request of this session has been
};

}  // namespace tickcache::daemon
