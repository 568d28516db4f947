#include "daemon/sources/rest/rest_settings.hpp"

namespace tickcache::daemon {

HttpSettings rest_settings_of(boost::asio::io_context& io, const Config& config,
                              boost::asio::ssl::context* tls) {
  HttpSettings settings;
  settings.url = config.rest_url ? *config.rest_url : rest_url_of(config.url);
  settings.api_key = config.api_key;
  settings.tls = tls;
  settings.resolve = system_resolver(io);
  settings.user_agent = "tickcached/" TICKCACHE_VERSION;
  return settings;
}

}  // namespace tickcache::daemon
