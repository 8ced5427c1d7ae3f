#!/usr/bin/env bash
# rustdoc as docs.rs runs it, which shows the features that an item needs. That is unstable; this lets the stable one do it,
# and nothing that it compiles for others.
RUSTC_BOOTSTRAP=1 exec rustdoc "$@"
