#include "daemon/log_writer.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string_view>
#include <thread>
#include <utility>

namespace tickcache::daemon {

/// Outlives the LogWriter if its thread hangs.
struct LogWriter::State {
  int fd;
  LostLine lost_line;
  std::mutex mutex;
  std::condition_variable changed;
  std::deque<std::string> lines;
  std::size_t waiting = 0;  ///< bytes of `lines`
  std::uint64_t lost = 0;   ///< after `lines`, and not told yet
  Time lost_since;          ///< the first of them
  bool writing = false;
  bool failed = false;  ///< the last write: what is lost is told when the next line comes
  bool closed = false;

  State(int descriptor, LostLine line) : fd(descriptor), lost_line(std::move(line)) {}

  void push(std::string line) {
    waiting += line.size();
    lines.push_back(std::move(line));
  }

  void lose() {
    if (lost++ == 0) lost_since = std::chrono::system_clock::now();
  }

  void tell_lost() {
    if (lost > 0) push(lost_line(std::exchange(lost, 0), lost_since));
  }
};

namespace {

/// False if the descriptor does not take it.
bool write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t size = ::write(fd, text.data(), text.size());
    if (size >= 0) {
      text.remove_prefix(static_cast<std::size_t>(size));
    } else if (errno == EAGAIN) {
      // Somebody with whom the description is shared has made it non-blocking.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

}  // namespace

LogWriter::LogWriter(int fd, LostLine lost_line)
    : state_(std::make_shared<State>(fd, std::move(lost_line))) {
  const auto run = [](const std::shared_ptr<State>& state) {
    std::unique_lock lock(state->mutex);
    for (;;) {
      if (state->lines.empty() && !state->failed) state->tell_lost();
      if (state->lines.empty()) {
        if (state->closed) return;
        state->changed.wait(lock);
        continue;
      }
      const std::string line = std::move(state->lines.front());
      state->lines.pop_front();
      state->waiting -= line.size();
      state->writing = true;
      lock.unlock();
      const bool written = write_all(state->fd, line);
      lock.lock();
      state->writing = false;
      state->failed = !written;
      if (!written) state->lose();
      state->changed.notify_all();
    }
  };
  std::thread(run, state_).detach();
}

LogWriter::~LogWriter() {
  const std::lock_guard lock(state_->mutex);
  state_->closed = true;
  state_->changed.notify_all();
}

void LogWriter::add(std::string line) {
  const std::lock_guard lock(state_->mutex);
  if (state_->waiting + line.size() > kMaxWaiting) {
    state_->lose();
    return;
  }
  state_->tell_lost();
  state_->push(std::move(line));
  state_->changed.notify_all();
}

bool LogWriter::drain(std::chrono::milliseconds limit) {
  std::unique_lock lock(state_->mutex);
  return state_->changed.wait_for(lock, limit,
                                  [&] { return state_->lines.empty() && !state_->writing; });
}

}  // namespace tickcache::daemon
