// The web page, as it is sent.
#include <fmt/format.h>

#include <random>
#include <string>

#include "bridges/relay/api.hpp"
#include "bridges/relay/page/page.hpp"
#include "encode/line.hpp"
#include "encode/words.hpp"

namespace tickcache::relay {
namespace {

void replace(std::string& page, std::string_view place, std::string_view text) {
  for (std::size_t at = 0; (at = page.find(place, at)) != page.npos; at += text.size()) {
    page.replace(at, place.size(), text);
  }
}

/// What `text_of` says of each enumerator, by its name.
template <class Enum, class TextOf>
void add_words(encode::JsonLine& json, std::string_view group, TextOf text_of) {
  json.begin_object(group);
  for (int number = 0; number < 256; ++number) {
    const auto value = static_cast<Enum>(number);
    const std::string_view name = to_string(value);
    if (name != "unknown") json.text(name, text_of(value));
  }
  json.end_object();
}

std::string words() {
  encode::JsonLine json;
  add_words<Reason>(json, "why", encode::why);
  add_words<Counter>(json, "counters", [](Counter one) { return encode::counter_text(one, 0); });
  return json.finish();
}

}  // namespace

web::Response page_response() {
  // Only scripts with this word run: nothing that a symbol's name could smuggle in.
  std::random_device random;
  const std::string nonce =
      fmt::format("{:08x}{:08x}{:08x}{:08x}", random(), random(), random(), random());
  std::string page(kPage);
  replace(page, "@NONCE@", nonce);
  replace(page, "@WORDS@", words());
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
