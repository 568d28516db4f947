// A thread that waits, so that the event loop need not.
#pragma once

#include <napi.h>

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace tickcache::node {

/// Runs one piece of work at a time on a thread of its own, which the first request() starts. All
/// functions but pause() are for the thread of the event loop. While a request is pending, the
/// event loop stays alive. The thread ends with close(), with this object, and with the
/// environment (the process or the worker).
class Background {
 public:
  /// `work` runs on the thread; `stop`, on another, makes it return soon, now and ever after.
  Background(std::function<void()> work, std::function<void()> stop)
      : work_(std::move(work)), stop_(std::move(stop)) {}
  ~Background() { close(); }
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// Runs the work, then calls `callback` with what `result` returns. Throws if it is closed, or
  /// while another request is pending.
  void request(Napi::Env env, Napi::Function callback, std::function<napi_value(Napi::Env)> result);
  /// Whether a request is pending: until then, what the work uses is the thread's.
  [[nodiscard]] bool busy() const noexcept { return busy_; }
  [[nodiscard]] bool closed() const noexcept { return closed_; }
  /// Stops the work and ends the thread. A pending request never calls back.
  void close() noexcept;

  /// For the work: sleeps, but not beyond close().
  void pause(std::chrono::microseconds duration);

 private:
  void start(Napi::Env env);
  void run() noexcept;
  void deliver(Napi::Env env);
  static void close_at_exit(void* self) noexcept;
  static void call(napi_env env, napi_value, void*, void* self) noexcept;

  std::function<void()> work_;
  std::function<void()> stop_;
  std::function<napi_value(Napi::Env)> result_;
  Napi::FunctionReference callback_;
  napi_env env_ = nullptr;
  napi_threadsafe_function function_ = nullptr;  ///< not nullptr: the thread runs
  bool busy_ = false;
  bool closed_ = false;

  std::thread thread_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool requested_ = false;  // guarded by mutex_
  bool ending_ = false;     // guarded by mutex_
};

}  // namespace tickcache::node
