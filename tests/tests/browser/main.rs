//! What only a real browser shows: which cookies it attaches, what its cache returns, and which handshakes it makes.
//! Chromium runs without a window and opens pages of servers on the loopback interface.
//!
//! `cargo test -p jwt-tests --features browser --test browser` requires chromium and chromedriver.

mod cors;
mod documents;
mod driver;
mod history;
mod prefixes;
mod siblings;
mod site;
mod sockets;
mod tabs;
