{
  "variables": {
    "openssl_fips": "",
    "has_ndpi%": "<!(pkg-config --exists libndpi && echo 1 || echo 0)"
  },
  "target_defaults": {
    "cflags": ["-fvisibility=hidden", "-Wall", "-Wextra"],
    "cflags_cc": ["-std=c++17", "-O3", "-fvisibility=hidden"],
    "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions", "-fno-rtti"],
    "include_dirs": ["native"],
    "ldflags": ["-Wl,--exclude-libs,ALL"]
  },
  "targets": [
    {
      "target_name": "engine",
      "type": "static_library",
      "cflags": ["-fPIC"],
      "sources": ["<!@(find native/engine -name '*.cc' -not -path '*/ndpi/*' | sort)"]
    },
    {
      "target_name": "nfstream",
      "dependencies": ["engine", "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "sources": ["<!@(find native/binding -name '*.cc' | sort)"],
      "libraries": ["<!@(pkg-config --libs libpcap zlib libzstd liblz4)", "-ldl"]
    }
  ],
  "conditions": [
    ["has_ndpi==1", {
      "targets": [
        {
          "target_name": "ndpi_dissector",
          "type": "loadable_module",
          "product_extension": "node",
          "sources": ["<!@(find native/engine/dissect/ndpi native/engine/digest -name '*.cc' | sort)"],
          "cflags": ["<!@(pkg-config --cflags libndpi | sed 's/-I/-isystem /g')"],
          "libraries": ["<!@(pkg-config --libs libndpi)"],
          "ldflags": ["-Wl,-z,defs", "<!@(pkg-config --libs-only-L libndpi | sed 's/-L/-Wl,-rpath,/g')"]
        }
      ]
    }]
  ]
}
