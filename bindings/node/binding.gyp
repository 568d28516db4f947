{
  # The addon is complete in itself: the reading half of libtickcache is compiled into it, from the
  # clone that this folder is part of, or from the copy that the package carries.
  "variables": { "project": "<!(node scripts/sources.js project)" },
  "targets": [
    {
      "target_name": "tickcache",
      "sources": [
        "native/addon.cpp",
        "native/background.cpp",
        "native/feed.cpp",
        "native/reader.cpp",
        "native/slots.cpp",
        "native/values.cpp",
        "<!@(node scripts/sources.js)"
      ],
      "include_dirs": [
        "<(project)",
        "<(project)/include"
      ],
      "defines": [
        "NAPI_VERSION=8",
        "NAPI_CPP_EXCEPTIONS",
        # A worker that is being terminated can neither run JavaScript nor throw.
        "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS",
        "TICKCACHE_VERSION=\"<!(node scripts/sources.js version)\""
      ],
      "cflags_cc!": ["-fno-exceptions", "-fno-rtti", "-std=gnu++17", "-std=gnu++20", "-std=gnu++1y"],
      "cflags_cc": [
        # Not an include folder: its headers have warnings.
        "-isystem <(module_root_dir)/<!(node -p \"require('node-addon-api').include_dir\")",
        "-std=c++20", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wshadow", "-Wno-restrict", "-O3"
      ],
      "ldflags": [
        "-Wl,--version-script=<(module_root_dir)/native/exports.map",
        "-static-libstdc++",
        "-static-libgcc"
      ]
    }
  ]
}
