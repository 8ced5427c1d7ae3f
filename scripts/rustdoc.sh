#!/usr/bin/env bash
# rustdoc as docs.rs runs it: it shows the features that an item needs. That is an unstable option. RUSTC_BOOTSTRAP lets
# the stable rustdoc use it; nothing that is released is built this way.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
