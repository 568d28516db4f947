#include "addon.hpp"

#include "feed.hpp"
#include "reader.hpp"

namespace tickcache::node {
namespace {

Napi::Object make_exports(Napi::Env env, Napi::Object exports) {
  auto* const addon = new Addon(env);
  env.SetInstanceData(addon);
  exports.Set("version", tickcache_version());
  exports.Set("Reader", Reader::define(env));
  exports.Set("Feed", Feed::define(env));
  exports.Set("chosen", addon->slots->chosen());
  exports.Set("look", addon->slots->look(env));
  return exports;
}

}  // namespace
}  // namespace tickcache::node

static Napi::Object initialize(Napi::Env env, Napi::Object exports) {
  return tickcache::node::make_exports(env, exports);
}

NODE_API_MODULE(tickcache, initialize)
