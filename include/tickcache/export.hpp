// Symbol visibility of libtickcache, and its check for C++20.
#pragma once

#if __cplusplus < 202002L
#error "tickcache needs C++20: compile with -std=c++20. (tickcache.h is for C and older C++.)"
#endif

#define TICKCACHE_EXPORT __attribute__((visibility("default")))
#define TICKCACHE_HIDDEN __attribute__((visibility("hidden")))
