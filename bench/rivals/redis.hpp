// A connection to Redis over a Unix socket, or TCP on this machine.
#pragma once

#include <hiredis/hiredis.h>

#include <cstddef>
#include <memory>
#include <stdexcept>
#include <string>

namespace tickcache::bench {

class Redis {
 public:
  using Reply = std::unique_ptr<redisReply, decltype(&freeReplyObject)>;

  /// `where`: a path, or a port of 127.0.0.1. Throws std::runtime_error if nobody listens there.
  explicit Redis(const std::string& where) : context_(connect(where), &redisFree) {
    if (!context_ || context_->err != 0) throw std::runtime_error("cannot connect to " + where);
  }

  void set(const std::string& key, const void* value, std::size_t size) {
    expect(REDIS_REPLY_STATUS, command("SET %s %b", key.c_str(), value, size));
  }
  Reply get(const std::string& key) {
    return expect(REDIS_REPLY_STRING, command("GET %b", key.data(), key.size()));
  }
  void subscribe(const char* channel) {
    expect(REDIS_REPLY_ARRAY, command("SUBSCRIBE %s", channel));
  }
  /// Waits for the next message of what was subscribed to.
  Reply next() {
    void* reply = nullptr;
    if (redisGetReply(context_.get(), &reply) != REDIS_OK)
      throw std::runtime_error("Redis is gone");
    return {static_cast<redisReply*>(reply), &freeReplyObject};
  }

  /// For publish() and drop_replies(), which others may not be called after.
  void do_not_block() noexcept { context_->flags &= ~REDIS_BLOCK; }
  /// Sends without waiting for the reply, which drop_replies() is to take.
  void publish(const char* channel, const void* message, std::size_t size) {
    redisAppendCommand(context_.get(), "PUBLISH %s %b", channel, message, size);
    int done = 0;
    while (done == 0) {
      if (redisBufferWrite(context_.get(), &done) != REDIS_OK)
        throw std::runtime_error("Redis is gone");
    }
  }
  /// Reads what has come, and throws it away.
  void drop_replies() {
    if (redisBufferRead(context_.get()) != REDIS_OK) throw std::runtime_error("Redis is gone");
    void* reply = nullptr;
    while (redisGetReplyFromReader(context_.get(), &reply) == REDIS_OK && reply != nullptr) {
      freeReplyObject(reply);
    }
  }

  [[nodiscard]] redisContext* context() noexcept { return context_.get(); }

 private:
  static redisContext* connect(const std::string& where) {
    const bool is_port = where.find_first_not_of("0123456789") == where.npos;
    return is_port ? redisConnect("127.0.0.1", std::stoi(where)) : redisConnectUnix(where.c_str());
  }

  template <class... Arguments>
  Reply command(const char* format, Arguments... arguments) {
    return {static_cast<redisReply*>(redisCommand(context_.get(), format, arguments...)),
            &freeReplyObject};
  }
  static Reply expect(int type, Reply reply) {
    if (!reply || reply->type != type) throw std::runtime_error("Redis does not do as it is told");
    return reply;
  }

  std::unique_ptr<redisContext, decltype(&redisFree)> context_;
};

}  // namespace tickcache::bench
