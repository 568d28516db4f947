// The web page, as it is sent.
#include <fmt/format.h>

#include <random>
#include <string>

#include "bridges/relay/api.hpp"
#include "bridges/relay/page/page.hpp"

namespace tickcache::relay {

web::Response page_response() {
  // Only scripts with this word run: nothing that a symbol's name could smuggle in.
  std::random_device random;
  const std::string nonce =
      fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  constexpr std::string_view kPlace = "@NONCE@";
  std::string page(kPage);
  for (std::size_t at = 0; (at = page.find(kPlace, at)) != page.npos; at += nonce.size()) {
    page.replace(at, kPlace.size(), nonce);
  }
  auto response = web::make_response(boost::beast::http::status::ok, std::move(page),
                                     "text/html; charset=utf-8");
  response.set("Content-Security-Policy",
               fmt::format("default-src 'none'; script-src 'nonce-{0}'; style-src 'nonce-{0}'; "
                           "connect-src 'self'; img-src data:; base-uri 'none'; "
                           "form-action 'none'; frame-ancestors 'none'",
                           nonce));
  response.set("Referrer-Policy", "no-referrer");  // its address may have the token
  response.set(boost::beast::http::field::x_frame_options, "DENY");
  return response;
}

}  // namespace tickcache::relay
