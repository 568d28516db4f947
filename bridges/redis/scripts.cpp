#include "bridges/redis/scripts.hpp"

namespace tickcache::redis {

const char* const kTakeScript = R"(
local held = redis.call('GET', KEYS[1])
if held and held:match(':(.*)$') ~= ARGV[1] then return {0, held} end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local last = tonumber(redis.call('HGET', KEYS[2], 'epoch')) or 0
local epoch = string.format('%.0f', math.max(last + 1, now))
redis.call('HDEL', KEYS[2], 'sequence', 'channels')
redis.call('HSET', KEYS[2], 'epoch', epoch, 'instance', ARGV[1])
redis.call('SET', KEYS[1], epoch .. ':' .. ARGV[1], 'PX', ARGV[2])
return {1, epoch}
)";

const char* const kWriteScript = R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
local i = 2
while i <= #ARGV do
  local last = i + tonumber(ARGV[i])
  redis.call(unpack(ARGV, i + 1, last))
  i = last + 1
end
return 1
)";

const char* const kGiveScript = R"(
if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
return redis.call('DEL', KEYS[1])
)";

Write& Write::command(const std::vector<std::string_view>& words) {
  words_.push_back(std::to_string(words.size()));
  words_.insert(words_.end(), words.begin(), words.end());
  return *this;
}

void renew(Write& write, const Keys& keys) {
  write.command({"PEXPIRE", keys.lease, std::to_string(kLease.count())});
}

}  // namespace tickcache::redis
