#include "tests/proof/model/memory.hpp"

#include <fnmatch.h>

#include <algorithm>
#include <utility>

namespace tickcache::model {

namespace {

bool matches(const std::string& pattern, const std::string& place) {
  return !pattern.empty() && fnmatch(pattern.c_str(), place.c_str(), 0) == 0;
}

bool acquires(std::memory_order order) noexcept {
  return order == std::memory_order_acquire || order == std::memory_order_seq_cst;
}

bool releases(std::memory_order order) noexcept {
  return order == std::memory_order_release || order == std::memory_order_seq_cst;
}

}  // namespace

Memory* Memory::active_ = nullptr;

Memory::Memory(Namer namer, Mutation mutation)
    : namer_(std::move(namer)), mutation_(std::move(mutation)) {
  lock_ = add_location("futex", 0);
  active_ = this;
}

Memory::~Memory() { active_ = nullptr; }

void Memory::fail(const std::string& what) {
  if (problem_.empty()) problem_ = what;
}

void Memory::alias(const void* address, std::size_t size, const void* same_as) {
  const auto* begin = static_cast<const std::byte*>(address);
  aliases_.push_back({begin, begin + size, static_cast<const std::byte*>(same_as)});
}

void Memory::begin_thread(const std::string& name) {
  threads_.push_back(name);
  view_.clear();
  last_loaded_ = kNobody;
}

void Memory::end_thread() { release_held(); }

std::size_t Memory::add_location(std::string place, std::uint64_t value) {
  Location location;
  location.place = std::move(place);
  location.messages.push_back({value, {}, 0});
  location.mutated = matches(mutation_.places, location.place);
  location.ends_hold = matches(mutation_.until, location.place);
  locations_.push_back(std::move(location));
  return locations_.size() - 1;
}

std::size_t Memory::locate(const void* address, std::uint64_t plain) {
  const auto* byte = static_cast<const std::byte*>(address);
  for (const Alias& alias : aliases_) {
    if (byte >= alias.begin && byte < alias.end) {
      byte = alias.same_as + (byte - alias.begin);
      break;
    }
  }
  const auto found = by_address_.find(byte);
  if (found != by_address_.end()) return found->second;
  const std::size_t id = add_location(namer_(byte), plain);
  by_address_.emplace(byte, id);
  return id;
}

std::uint32_t Memory::seen(std::size_t location) const noexcept {
  return location < view_.size() ? view_[location] : 0;
}

void Memory::see(std::size_t location, std::uint32_t message) {
  if (location >= view_.size()) view_.resize(location + 1, 0);
  view_[location] = std::max(view_[location], message);
}

void Memory::join(const View& other) {
  if (other.size() > view_.size()) view_.resize(other.size(), 0);
  for (std::size_t i = 0; i < other.size(); ++i) view_[i] = std::max(view_[i], other[i]);
}

std::uint32_t Memory::choose(std::uint32_t count) {
  if (count == 1) return 0;
  if (next_choice_ == choices_.size()) choices_.push_back({0, count});
  if (choices_[next_choice_].count != count) fail("an execution took another way than before");
  return choices_[next_choice_++].taken;
}

/// One of the messages that the thread may still read.
std::uint32_t Memory::take(std::size_t location, bool acquire, const char* what) {
  const auto count = static_cast<std::uint32_t>(locations_[location].messages.size());
  const std::uint32_t oldest = seen(location);
  const std::uint32_t taken = oldest + choose(count - oldest);
  see(location, taken);
  if (acquire) join(locations_[location].messages[taken].view);
  steps_.push_back({threads_.size() - 1, location, taken, what, false});
  return taken;
}

bool Memory::is_next_look(const Location& location) const {
  constexpr std::string_view kHead = "head";
  if (last_loaded_ == kNobody || !location.place.ends_with(kHead)) return false;
  const std::string ring = location.place.substr(0, location.place.size() - kHead.size());
  return locations_[last_loaded_].place.starts_with(ring + "slot");
}

bool Memory::relaxes_load(const Location& location) const {
  if (!location.mutated) return false;
  switch (mutation_.kind) {
    case Mutation::Kind::relax_loads:
      return true;
    case Mutation::Kind::relax_first_look:
      return !is_next_look(location);
    case Mutation::Kind::relax_next_look:
      return is_next_look(location);
    default:
      return false;
  }
}

std::uint64_t Memory::load(const void* address, std::uint64_t plain, std::memory_order order) {
  const std::size_t id = locate(address, plain);
  Location& location = locations_[id];
  const std::size_t thread = threads_.size() - 1;
  if (location.writer == thread) return plain;  // its own last store
  const bool acquire = acquires(order) && !relaxes_load(location);
  const bool behind = location.mutated && mutation_.kind == Mutation::Kind::look_one_behind &&
                      is_next_look(location);
  location.last_reader = thread;
  const std::uint32_t taken = take(id, acquire, acquire ? "acquires" : "reads");
  last_loaded_ = id;
  return locations_[id].messages[taken].value - (behind ? 1 : 0);
}

void Memory::store(const void* address, std::uint64_t plain, std::uint64_t value,
                   std::memory_order order) {
  const std::size_t id = locate(address, plain);
  Location& location = locations_[id];
  const std::size_t thread = threads_.size() - 1;
  if (location.writer != kNobody && location.writer != thread) fail("two threads store to a place");
  if (location.last_reader != kNobody && location.last_reader != thread) {
    fail("a thread stores to what one before it has loaded");
  }
  location.writer = thread;
  if (location.mutated && mutation_.kind == Mutation::Kind::hold_stores) {
    held_.push_back({id, value, order});
    return;
  }
  const bool ends_hold = location.ends_hold;
  commit(id, value, order);
  if (ends_hold) release_held();
}

void Memory::commit(std::size_t id, std::uint64_t value, std::memory_order order) {
  Location& location = locations_[id];
  const auto number = static_cast<std::uint32_t>(location.messages.size());
  see(id, number);
  Message message{value, {}, 0};
  const bool relaxed = location.mutated && mutation_.kind == Mutation::Kind::relax_stores;
  const bool release = releases(order) && !relaxed;
  if (release) message.view = view_;
  location.messages.push_back(std::move(message));
  steps_.push_back({threads_.size() - 1, id, number, release ? "releases" : "stores", true});
}

void Memory::release_held() {
  for (const Held& held : std::exchange(held_, {})) {
    commit(held.location, held.value, held.order);
  }
}

void Memory::wake(const void*, std::uint32_t bits) {
  Location& lock = locations_[lock_];
  const auto number = static_cast<std::uint32_t>(lock.messages.size());
  see(lock_, number);
  lock.messages.push_back({number, view_, bits});
  steps_.push_back({threads_.size() - 1, lock_, number, "wakes", true});
}

void Memory::wait(const void* address, std::uint64_t plain, std::uint64_t expected,
                  std::uint32_t bits) {
  // The lock was taken after some of the wakes, and shows what the last of them showed.
  const std::uint32_t before = take(lock_, true, "locks");
  const std::size_t word = locate(address, plain);
  locations_[word].last_reader = threads_.size() - 1;
  const std::uint32_t taken = take(word, false, "compares");
  if (locations_[word].messages[taken].value != expected) return;
  const std::vector<Message>& wakes = locations_[lock_].messages;
  for (std::uint32_t i = before + 1; i < wakes.size(); ++i) {
    if ((wakes[i].bits & bits) == 0) continue;
    see(lock_, i);
    join(wakes[i].view);
    return;
  }
  slept_ = true;
}

void Memory::mark() {
  marked_threads_ = threads_.size();
  marked_steps_ = steps_.size();
  for (Location& location : locations_) {
    location.marked = location.messages.size();
    location.last_reader = kNobody;
  }
  choices_.clear();
  next_choice_ = 0;
}

void Memory::back_to_mark() {
  threads_.resize(marked_threads_);
  steps_.resize(marked_steps_);
  for (Location& location : locations_) {
    location.messages.resize(std::max<std::size_t>(location.marked, 1));
    location.last_reader = kNobody;
    if (location.writer != kNobody && location.writer >= marked_threads_) location.writer = kNobody;
  }
  next_choice_ = 0;
  slept_ = false;
}

bool Memory::next_execution() {
  // The last load that can take another store does; those behind it begin anew.
  choices_.resize(next_choice_);
  while (!choices_.empty()) {
    Choice& last = choices_.back();
    if (++last.taken < last.count) return true;
    choices_.pop_back();
  }
  return false;
}

std::string Memory::execution() const {
  std::vector<bool> loaded(locations_.size());
  for (std::size_t i = marked_steps_; i < steps_.size(); ++i) loaded[steps_[i].location] = true;
  std::string text;
  for (const Step& step : steps_) {
    const bool reads = step.thread >= marked_threads_;
    if (!loaded[step.location] || (!reads && !step.is_store)) continue;
    const Location& location = locations_[step.location];
    text += threads_[step.thread] + " " + step.what + " " + location.place;
    text += " = " + std::to_string(location.messages[step.message].value);
    const auto newest = static_cast<std::uint32_t>(location.messages.size()) - 1;
    if (step.message < newest && reads) {
      text += " (" + std::to_string(newest - step.message) + " newer ones exist)";
    }
    text += "\n";
  }
  return text;
}

}  // namespace tickcache::model
