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
      "sources": [
        "native/engine/capture/capture_reader.cc",
        "native/engine/decode/decode.cc",
        "native/engine/columns/column_table.cc",
        "native/engine/columns/flow_columns.cc",
        "native/engine/columns/format.cc",
        "native/engine/dissect/module.cc",
        "native/engine/meter/flow_dissection.cc",
        "native/engine/meter/meter.cc",
        "native/engine/table/flow_index.cc",
        "native/engine/table/flow_table.cc",
        "native/engine/table/slab_pool.cc"
      ]
    },
    {
      "target_name": "nfstream",
      "dependencies": ["engine", "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS"],
      "sources": [
        "native/binding/addon.cc",
        "native/binding/engine_binding.cc"
      ],
      "libraries": ["<!@(pkg-config --libs libpcap zlib libzstd)", "-ldl"]
    }
  ],
  "conditions": [
    ["has_ndpi==1", {
      "targets": [
        {
          "target_name": "ndpi_dissector",
          "type": "loadable_module",
          "product_extension": "node",
          "sources": ["native/engine/dissect/ndpi/ndpi_dissector.cc"],
          "cflags": ["<!@(pkg-config --cflags libndpi | sed 's/-I/-isystem /g')"],
          "libraries": ["<!@(pkg-config --libs libndpi)"]
        }
      ]
    }]
  ]
}
