#include "slots.hpp"

namespace tickcache::node {

Slots::Slots(Napi::Env env) {
  const auto array = Napi::Int32Array::New(env, 1);
  number_ = array.Data();
  chosen_ = Napi::Reference<Napi::Int32Array>::New(array, 1);
}

std::uint32_t Slots::add(tickcache_reader* reader, const std::string& symbol) {
  // A scale that no price has: the first look gives its text.
  const Slot slot{reader, tickcache_symbol(symbol.c_str()), {0, 255, {}}};
  if (unused_.empty()) {
    slots_.push_back(slot);
    return static_cast<std::uint32_t>(slots_.size() - 1);
  }
  const std::uint32_t number = unused_.back();
  unused_.pop_back();
  slots_[number] = slot;
  return number;
}

void Slots::remove(tickcache_reader* reader) noexcept {
  for (std::uint32_t i = 0; i < slots_.size(); ++i) {
    if (slots_[i].reader != reader) continue;
    slots_[i].reader = nullptr;
    unused_.push_back(i);
  }
}

napi_value Slots::look(Napi::Env env) {
  napi_value function = nullptr;
  napi_create_function(env, "look", NAPI_AUTO_LENGTH, &Slots::look, this, &function);
  return function;
}

napi_value Slots::look(napi_env env, napi_callback_info info) noexcept {
  void* data = nullptr;
  napi_get_cb_info(env, info, nullptr, nullptr, nullptr, &data);
  auto& own = *static_cast<Slots*>(data);
  Slot& slot = own.slots_[static_cast<std::uint32_t>(*own.number_)];
  tickcache_decimal price;
  napi_value said = nullptr;
  if (tickcache_price(slot.reader, &slot.handle, TICKCACHE_ANY_AGE, &price, nullptr) !=
      TICKCACHE_LIVE) {
    napi_get_boolean(env, false, &said);
    return said;
  }
  if (price.mantissa == slot.price.mantissa && price.scale == slot.price.scale) return nullptr;
  slot.price = price;
  char text[TICKCACHE_DECIMAL_CHARS];
  napi_create_string_latin1(env, text, tickcache_decimal_text(price, text), &said);
  return said;
}

}  // namespace tickcache::node
