#include "background.hpp"

namespace tickcache::node {

void Background::request(Napi::Env env, Napi::Function callback,
                         std::function<napi_value(Napi::Env)> result) {
  if (closed_) throw Napi::Error::New(env, "it was closed");
  if (busy_) throw Napi::Error::New(env, "it is waiting already");
  if (function_ == nullptr) start(env);
  result_ = std::move(result);
  callback_ = Napi::Persistent(callback);
  busy_ = true;
  napi_ref_threadsafe_function(env, function_);
  {
    const std::lock_guard lock(mutex_);
    requested_ = true;
  }
  changed_.notify_one();
}

void Background::start(Napi::Env env) {
  const napi_value name = Napi::String::New(env, "tickcache");
  const napi_status status = napi_create_threadsafe_function(
      env, nullptr, nullptr, name, 0, 1, nullptr, nullptr, nullptr, &Background::call, &function_);
  if (status != napi_ok) throw Napi::Error::New(env, "no thread-safe function");
  // After it: hooks run last in, first out, so the thread ends before its function does.
  napi_add_env_cleanup_hook(env, &Background::close_at_exit, this);
  env_ = env;
  thread_ = std::thread([this] { run(); });
}

void Background::run() noexcept {
  for (;;) {
    {
      std::unique_lock lock(mutex_);
      changed_.wait(lock, [this] { return requested_ || ending_; });
      if (ending_) return;
      requested_ = false;
    }
    work_();
    // The queue has no limit, and the function outlives the thread.
    napi_call_threadsafe_function(function_, this, napi_tsfn_nonblocking);
  }
}

void Background::pause(std::chrono::microseconds duration) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, duration, [this] { return ending_; });
}

void Background::call(napi_env env, napi_value, void*, void* self) noexcept {
  if (env == nullptr) return;  // the environment ends; `self` may be gone
  static_cast<Background*>(self)->deliver(env);
}

void Background::deliver(Napi::Env env) {
  if (closed_) return;
  napi_unref_threadsafe_function(env, function_);
  busy_ = false;
  // Taken out first: the callback may ask again, or close.
  const Napi::FunctionReference callback = std::move(callback_);
  const auto result = std::move(result_);
  try {
    const Napi::HandleScope scope(env);
    callback.Call({result(env)});
  } catch (const Napi::Error&) {
    // The worker is being terminated: the callbacks of lib/ throw nothing.
  }
}

void Background::close_at_exit(void* self) noexcept {
  auto& own = *static_cast<Background*>(self);
  own.env_ = nullptr;  // this hook need not be removed any more
  own.close();
}

void Background::close() noexcept {
  if (closed_) return;
  closed_ = true;
  stop_();
  if (function_ == nullptr) return;
  {
    const std::lock_guard lock(mutex_);
    ending_ = true;
  }
  changed_.notify_one();
  thread_.join();
  if (env_ != nullptr) napi_remove_env_cleanup_hook(env_, &Background::close_at_exit, this);
  // Aborted: what is still in its queue is not called.
  napi_release_threadsafe_function(function_, napi_tsfn_abort);
  callback_.Reset();
}

}  // namespace tickcache::node
