// What libtickcache exports.
#pragma once

#define TICKCACHE_EXPORT __attribute__((visibility("default")))
#define TICKCACHE_HIDDEN __attribute__((visibility("hidden")))
