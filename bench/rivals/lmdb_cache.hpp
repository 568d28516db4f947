// Tickers in LMDB, one read transaction for each lookup, as fresh values need.
#pragma once

#include <lmdb.h>

#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>

#include "tickcache/ticker.hpp"

namespace tickcache::bench {

class LmdbCache {
 public:
  /// In a new folder under `parent`, which is removed with this object.
  explicit LmdbCache(const std::string& parent)
      : folder_(parent + "/tickcache-bench-lmdb-" + std::to_string(getpid())) {
    std::filesystem::create_directory(folder_);
    check(mdb_env_create(&env_));
    check(mdb_env_set_mapsize(env_, std::size_t{16} << 20));
    check(mdb_env_open(env_, folder_.c_str(), MDB_NOSYNC, 0600));
  }
  ~LmdbCache() {
    if (reading_ != nullptr) mdb_txn_abort(reading_);
    mdb_env_close(env_);
    std::filesystem::remove_all(folder_);
  }
  LmdbCache(const LmdbCache&) = delete;
  LmdbCache& operator=(const LmdbCache&) = delete;

  void set(const std::string& symbol, const Ticker& ticker) {
    MDB_txn* writing = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &writing));
    check(mdb_dbi_open(writing, nullptr, 0, &dbi_));
    MDB_val key = value_of(symbol.data(), symbol.size());
    MDB_val data = value_of(&ticker, sizeof ticker);
    check(mdb_put(writing, dbi_, &key, &data, 0));
    check(mdb_txn_commit(writing));
  }

  bool get(const std::string& symbol, Ticker& out) {
    if (reading_ == nullptr) {
      check(mdb_txn_begin(env_, nullptr, MDB_RDONLY, &reading_));
    } else {
      check(mdb_txn_renew(reading_));
    }
    MDB_val key = value_of(symbol.data(), symbol.size());
    MDB_val data{};
    const bool found = mdb_get(reading_, dbi_, &key, &data) == 0 && data.mv_size == sizeof out;
    if (found) std::memcpy(static_cast<void*>(&out), data.mv_data, sizeof out);
    mdb_txn_reset(reading_);
    return found;
  }

 private:
  static MDB_val value_of(const void* data, std::size_t size) {
    return {size, const_cast<void*>(data)};
  }
  static void check(int result) {
    if (result != 0) throw std::runtime_error(std::string("LMDB: ") + mdb_strerror(result));
  }

  std::string folder_;
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
  MDB_txn* reading_ = nullptr;
};

}  // namespace tickcache::bench
