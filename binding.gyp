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
        "native/engine/capture/batch_builder.cc",
        "native/engine/capture/byte_input.cc",
        "native/engine/capture/capture_merge.cc",
        "native/engine/capture/capture_reader.cc",
        "native/engine/capture/content.cc",
        "native/engine/capture/decompression.cc",
        "native/engine/capture/file_input.cc",
        "native/engine/capture/gzip_decoder.cc",
        "native/engine/capture/live_input.cc",
        "native/engine/capture/packet_filter.cc",
        "native/engine/capture/pcap_parser.cc",
        "native/engine/capture/pcapng_parser.cc",
        "native/engine/capture/pushed_input.cc",
        "native/engine/capture/record_parser.cc",
        "native/engine/capture/time_scale.cc",
        "native/engine/capture/zstd_decoder.cc",
        "native/engine/decode/decode.cc",
        "native/engine/decode/fragments.cc",
        "native/engine/decode/ip.cc",
        "native/engine/decode/link.cc",
        "native/engine/decode/link_type_name.cc",
        "native/engine/decode/tags.cc",
        "native/engine/decode/transport.cc",
        "native/engine/decode/tunnel.cc",
        "native/engine/decode/tunnel_gre.cc",
        "native/engine/decode/tunnel_gtp.cc",
        "native/engine/decode/tunnel_l2tp.cc",
        "native/engine/decode/tunnel_overlay.cc",
        "native/engine/decode/tunnel_radio.cc",
        "native/engine/decode/tunnel_teredo.cc",
        "native/engine/decode/wireless.cc",
        "native/engine/columns/column_table.cc",
        "native/engine/columns/core_columns.cc",
        "native/engine/columns/fact_columns.cc",
        "native/engine/columns/flow_columns.cc",
        "native/engine/columns/format.cc",
        "native/engine/columns/identity_columns.cc",
        "native/engine/columns/header_columns.cc",
        "native/engine/columns/label_columns.cc",
        "native/engine/columns/profile_columns.cc",
        "native/engine/columns/splt_columns.cc",
        "native/engine/columns/statistics_columns.cc",
        "native/engine/columns/tcp_columns.cc",
        "native/engine/columns/tls_columns.cc",
        "native/engine/compress/block.cc",
        "native/engine/digest/sha1.cc",
        "native/engine/digest/sha256.cc",
        "native/engine/dissect/flow_facts.cc",
        "native/engine/dissect/module.cc",
        "native/engine/meter/crew.cc",
        "native/engine/meter/flow_dissection.cc",
        "native/engine/meter/flow_facets.cc",
        "native/engine/meter/meter.cc",
        "native/engine/meter/meter_group.cc",
        "native/engine/table/flow_index.cc",
        "native/engine/track/flow_statistics.cc",
        "native/engine/table/flow_table.cc",
        "native/engine/decode/fragment_table.cc",
        "native/engine/track/identity.cc",
        "native/engine/track/payload.cc",
        "native/engine/track/record_layout.cc",
        "native/engine/track/seen_bytes.cc",
        "native/engine/table/slab_pool.cc",
        "native/engine/track/splt.cc",
        "native/engine/track/tcp/tcp_quality.cc",
        "native/engine/track/tcp/tcp_segment.cc",
        "native/engine/track/tcp/tcp_state.cc",
        "native/engine/track/tcp/tcp_window.cc",
        "native/engine/tls/aes128.cc",
        "native/engine/tls/client_hello.cc",
        "native/engine/tls/ghash.cc",
        "native/engine/tls/hello_search.cc",
        "native/engine/tls/ja4.cc",
        "native/engine/tls/key_derivation.cc",
        "native/engine/tls/quic_initial.cc",
        "native/engine/tls/reassembly.cc"
      ]
    },
    {
      "target_name": "nfstream",
      "dependencies": ["engine", "<!(node -p \"require('node-addon-api').targets\"):node_addon_api_except_all"],
      "defines": ["NAPI_VERSION=9", "NODE_ADDON_API_DISABLE_DEPRECATED", "NODE_ADDON_API_REQUIRE_BASIC_FINALIZERS", "NODE_API_SWALLOW_UNTHROWABLE_EXCEPTIONS"],
      "sources": [
        "native/binding/addon.cc",
        "native/binding/capture_binding.cc",
        "native/binding/capture_read.cc",
        "native/binding/compress_binding.cc",
        "native/binding/engine_binding.cc",
        "native/binding/merge_binding.cc"
      ],
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
          "sources": [
            "native/engine/dissect/ndpi/ndpi_dissector.cc",
            "native/engine/dissect/ndpi/ndpi_facts.cc",
            "native/engine/dissect/ndpi/ndpi_memory.cc",
            "native/engine/dissect/ndpi/ndpi_names.cc",
            "native/engine/dissect/ndpi/rule_files.cc",
            "native/engine/dissect/ndpi/rule_loading.cc"
          ],
          "cflags": ["<!@(pkg-config --cflags libndpi | sed 's/-I/-isystem /g')"],
          "libraries": ["<!@(pkg-config --libs libndpi)"],
          "ldflags": ["-Wl,-z,defs", "<!@(pkg-config --libs-only-L libndpi | sed 's/-L/-Wl,-rpath,/g')"]
        }
      ]
    }]
  ]
}
