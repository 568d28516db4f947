#include "redis/connection.hpp"

#include <boost/asio/post.hpp>
#include <utility>

namespace tickcache::redis {

namespace asio = boost::asio;

/// A command that has not been answered.
struct Connection::Pending {
  Done done;
  std::size_t size = 0;
};

std::shared_ptr<Connection> Connection::open(asio::io_context& io,
                                             const asio::ip::tcp::endpoint& endpoint,
                                             std::function<void()> opened,
                                             std::function<void(const std::string&)> lost,
                                             std::string& why) {
  std::shared_ptr<Connection> made(new Connection(io));
  const std::string host = endpoint.address().to_string();
  redisAsyncContext* const context = redisAsyncConnect(host.c_str(), endpoint.port());
  if (context == nullptr || context->err != 0) {
    why = context == nullptr ? "out of memory" : context->errstr;
    if (context != nullptr) redisAsyncFree(context);
    return nullptr;
  }
  made->context_ = context;
  made->opened_ = std::move(opened);
  made->lost_ = std::move(lost);
  made->descriptor_.assign(context->c.fd);
  context->data = context->ev.data = made.get();
  context->ev.addRead = [](void* data) {
    static_cast<Connection*>(data)->wants_reads_ = true;
    static_cast<Connection*>(data)->watch_reads();
  };
  context->ev.delRead = [](void* data) { static_cast<Connection*>(data)->wants_reads_ = false; };
  context->ev.addWrite = [](void* data) {
    static_cast<Connection*>(data)->wants_writes_ = true;
    static_cast<Connection*>(data)->flush_soon();
  };
  context->ev.delWrite = [](void* data) { static_cast<Connection*>(data)->wants_writes_ = false; };
  context->ev.cleanup = [](void* data) {
    auto& connection = *static_cast<Connection*>(data);
    connection.descriptor_.release();  // hiredis closes it
    connection.context_ = nullptr;
  };
  redisAsyncSetConnectCallback(context, [](const redisAsyncContext* c, int status) {
    self(c).on_connect(status == REDIS_OK ? "" : c->errstr);
  });
  redisAsyncSetDisconnectCallback(context, [](const redisAsyncContext* c, int status) {
    self(c).on_disconnect(status == REDIS_OK ? "closed" : c->errstr);
  });
  return made;
}

Connection::~Connection() { close(); }

void Connection::close() {
  // Its functions stay: one of them may be running.
  is_closed_ = true;
  // Once: hiredis frees it later if it is at work on it, but for a connection that it has just
  // opened.
  if (context_ != nullptr && !is_opening_) redisAsyncFree(std::exchange(context_, nullptr));
}

void Connection::on_connect(const std::string& problem) {
  if (!problem.empty()) {
    context_ = nullptr;  // hiredis is about to free it
    return on_disconnect(problem);
  }
  is_opening_ = true;
  if (!is_closed_) opened_();
  is_opening_ = false;
}

/// Lets hiredis read or write.
void Connection::handle(void (*function)(redisAsyncContext*)) {
  function(context_);
  if (is_closed_) close();
}

void Connection::on_disconnect(const std::string& why) {
  if (!std::exchange(is_closed_, true)) lost_(why);
}

void Connection::send(const std::vector<std::string_view>& command, Done done) {
  if (context_ == nullptr) return done(nullptr);
  std::vector<const char*> words;
  std::vector<std::size_t> sizes;
  words.reserve(command.size());
  sizes.reserve(command.size());
  auto* const pending = new Pending{std::move(done)};
  for (const std::string_view word : command) {
    words.push_back(word.data());
    sizes.push_back(word.size());
    pending->size += word.size();
  }
  unanswered_ += pending->size;
  const auto on_answer = [](redisAsyncContext* context, void* answer, void* data) {
    const std::unique_ptr<Pending> answered(static_cast<Pending*>(data));
    Connection& connection = self(context);
    connection.unanswered_ -= answered->size;
    if (!connection.is_closed_) answered->done(static_cast<const redisReply*>(answer));
  };
  if (redisAsyncCommandArgv(context_, on_answer, pending, static_cast<int>(words.size()),
                            words.data(), sizes.data()) != REDIS_OK) {
    unanswered_ -= pending->size;
    const std::unique_ptr<Pending> refused(pending);
    refused->done(nullptr);
  }
}

void Connection::subscribe(std::string_view channel, std::function<void()> subscribed,
                           Message message) {
  if (context_ == nullptr) return;
  subscribed_ = std::move(subscribed);
  message_ = std::move(message);
  const std::string name(channel);
  const char* words[] = {"SUBSCRIBE", name.c_str()};
  const std::size_t sizes[] = {9, name.size()};
  redisAsyncCommandArgv(
      context_,
      [](redisAsyncContext* context, void* answer, void*) {
        self(context).on_message(static_cast<const redisReply*>(answer));
      },
      nullptr, 2, words, sizes);
}

void Connection::on_message(const redisReply* reply) {
  if (reply == nullptr || is_closed_) return;
  if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 3) {
    return on_disconnect("cannot subscribe: " + problem_of(reply));
  }
  const std::string_view kind = text_of(reply->element[0]);
  if (kind == "subscribe") {
    subscribed_();
  } else if (kind == "message") {
    message_(text_of(reply->element[2]));
  }
}

void Connection::flush() {
  if (context_ == nullptr || !wants_writes_) return;
  // A write that fails would free what hiredis is at work on.
  const int state = context_->c.flags & (REDIS_CONNECTED | REDIS_IN_CALLBACK);
  if (state != REDIS_CONNECTED) return;
  const auto alive = shared_from_this();
  handle(redisAsyncHandleWrite);
}

/// Without asking the kernel whether there is room, as there nearly always is.
void Connection::flush_soon() {
  if (std::exchange(flushes_soon_, true)) return;
  asio::post(descriptor_.get_executor(), [this, alive = shared_from_this()] {
    flushes_soon_ = false;
    if (writes_watched_) return;
    flush();
    if (context_ != nullptr && wants_writes_) watch_writes();
  });
}

void Connection::watch_reads() {
  if (std::exchange(reads_watched_, true)) return;
  descriptor_.async_wait(asio::posix::descriptor_base::wait_read,
                         [this, alive = shared_from_this()](boost::system::error_code error) {
                           reads_watched_ = false;
                           if (error || context_ == nullptr || !wants_reads_) return;
                           handle(redisAsyncHandleRead);
                           if (context_ != nullptr && wants_reads_) watch_reads();
                         });
}

void Connection::watch_writes() {
  if (std::exchange(writes_watched_, true)) return;
  descriptor_.async_wait(asio::posix::descriptor_base::wait_write,
                         [this, alive = shared_from_this()](boost::system::error_code error) {
                           writes_watched_ = false;
                           if (error || context_ == nullptr || !wants_writes_) return;
                           handle(redisAsyncHandleWrite);
                           if (context_ != nullptr && wants_writes_) watch_writes();
                         });
}

std::string_view text_of(const redisReply* answer) noexcept {
  if (answer == nullptr ||
      (answer->type != REDIS_REPLY_STRING && answer->type != REDIS_REPLY_STATUS)) {
    return {};
  }
  return {answer->str, static_cast<std::size_t>(answer->len)};
}

bool is_good(const redisReply* answer) noexcept {
  return answer != nullptr && answer->type != REDIS_REPLY_ERROR;
}

std::string problem_of(const redisReply* answer) {
  if (answer == nullptr) return "the connection is lost";
  if (answer->type == REDIS_REPLY_ERROR)
    return {answer->str, static_cast<std::size_t>(answer->len)};
  return "an answer of another kind than expected";
}

const redisReply* element(const redisReply& answer, std::size_t i) noexcept {
  return answer.type == REDIS_REPLY_ARRAY && i < answer.elements ? answer.element[i] : nullptr;
}

std::string_view field_of(const redisReply* entry, std::string_view name) noexcept {
  const redisReply* const fields = entry == nullptr ? nullptr : element(*entry, 1);
  for (std::size_t i = 0; fields != nullptr && i + 1 < fields->elements; i += 2) {
    if (text_of(fields->element[i]) == name) return text_of(fields->element[i + 1]);
  }
  return {};
}

}  // namespace tickcache::redis
