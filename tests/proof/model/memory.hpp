// The executions of the C++ memory model, for code whose information flows one way.
//
// A location has its stores in modification order: one thread writes it, so that is the thread's
// program order. A thread has a view: for each location the oldest store that it may still read.
// A release store carries its thread's view, a relaxed one only itself. A load may take any store
// from its thread's view on; an acquire load adds the view that the store carries to its thread's.
// For programs of relaxed, acquire and release loads and stores, without fences and
// read-modify-writes, these are the executions that the standard allows.
//
// Threads run one after the other, each after those whose stores it reads. That leaves no execution
// out: a load may take an old store however many newer ones there are, and the writer of a segment
// reads nothing that its readers store. What breaks this rule is a problem().
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_map>
#include <vector>

namespace tickcache::model {

/// A deliberate mistake in the code under test: what would happen if an operation were weaker, or
/// two stores the other way round. Places are patterns, as in fnmatch(3).
struct Mutation {
  enum class Kind : std::uint8_t {
    none,
    relax_loads,       ///< of `places`
    relax_first_look,  ///< loads of a ring's head before its slots are looked at
    relax_next_look,   ///< loads of a ring's head after that
    relax_stores,      ///< to `places`
    hold_stores,       ///< to `places`, until after the next store to one of `until`
    look_one_behind,   ///< the next look at a head finds one less: a position too many is accepted
  };
  Kind kind = Kind::none;
  std::string places;
  std::string until;
};

/// How places are called. The parts of a ring are "NAME head" and "NAME slot S word W".
using Namer = std::function<std::string(const void* address)>;

/// The memory that Modelled words work on while it is active. One at a time.
class Memory {
 public:
  Memory(Namer namer, Mutation mutation);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  /// The active one, or null: words are plain memory then.
  static Memory* active() noexcept { return active_; }

  /// `size` bytes at `address` are another mapping of those at `same_as`.
  void alias(const void* address, std::size_t size, const void* same_as);

  /// What follows is done by a thread that has seen nothing yet.
  void begin_thread(const std::string& name);
  /// Ends the thread: what it held back is stored.
  void end_thread();

  std::uint64_t load(const void* address, std::uint64_t plain, std::memory_order order);
  void store(const void* address, std::uint64_t plain, std::uint64_t value,
             std::memory_order order);

  /// futex_wake() and futex_wait(): the kernel does both under one lock. A wait that nobody ends
  /// returns as if by its timeout, and slept() says so.
  void wake(const void* address, std::uint32_t bits);
  void wait(const void* address, std::uint64_t plain, std::uint64_t seen, std::uint32_t bits);
  [[nodiscard]] bool slept() const noexcept { return slept_; }

  /// Forgets what was done since mark(), but for the choices of loads.
  void mark();
  void back_to_mark();
  /// Goes on to the next execution; false if every one has been seen.
  bool next_execution();

  /// The present execution in words: the stores to what was loaded, and the loads.
  [[nodiscard]] std::string execution() const;
  [[nodiscard]] const std::string& problem() const noexcept { return problem_; }

 private:
  using View = std::vector<std::uint32_t>;
  static constexpr std::size_t kNobody = static_cast<std::size_t>(-1);

  struct Message {
    std::uint64_t value = 0;
    View view;
    std::uint32_t bits = 0;  ///< of a wake
  };
  struct Location {
    std::string place;
    std::vector<Message> messages;
    std::size_t writer = kNobody;
    std::size_t last_reader = kNobody;
    std::size_t marked = 0;  ///< messages at mark()
    bool mutated = false;
    bool ends_hold = false;
  };
  struct Held {
    std::size_t location;
    std::uint64_t value;
    std::memory_order order;
  };
  struct Choice {
    std::uint32_t taken;
    std::uint32_t count;
  };
  struct Step {
    std::size_t thread;
    std::size_t location;
    std::uint32_t message;
    const char* what;
    bool is_store;
  };

  std::size_t locate(const void* address, std::uint64_t plain);
  std::size_t add_location(std::string place, std::uint64_t value);
  void commit(std::size_t location, std::uint64_t value, std::memory_order order);
  void release_held();
  std::uint32_t choose(std::uint32_t count);
  std::uint32_t take(std::size_t location, bool acquire, const char* what);
  void join(const View& other);
  [[nodiscard]] std::uint32_t seen(std::size_t location) const noexcept;
  void see(std::size_t location, std::uint32_t message);
  [[nodiscard]] bool is_next_look(const Location& location) const;
  [[nodiscard]] bool relaxes_load(const Location& location) const;
  void fail(const std::string& what);

  static Memory* active_;

  Namer namer_;
  Mutation mutation_;
  std::unordered_map<const void*, std::size_t> by_address_;
  std::vector<Location> locations_;
  struct Alias {
    const std::byte* begin;
    const std::byte* end;
    const std::byte* same_as;
  };
  std::vector<Alias> aliases_;
  std::size_t lock_ = kNobody;  ///< the kernel's: its messages are the wakes

  std::vector<std::string> threads_;
  std::size_t marked_threads_ = 0;
  View view_;
  std::vector<Held> held_;
  std::vector<Choice> choices_;
  std::size_t next_choice_ = 0;
  std::vector<Step> steps_;
  std::size_t marked_steps_ = 0;
  std::size_t last_loaded_ = kNobody;
  bool slept_ = false;
  std::string problem_;
};

}  // namespace tickcache::model
