//! Behaviour that every framework shares, asked over real sockets.

mod answers;
mod bad_input;
mod bodies;
mod cookies;
mod corpus;
mod guards;
mod issuers;
mod layout;
mod logs;
mod migrating;
mod parity;
mod quickstart_cookies;
mod quickstarts;
mod real_input;
mod renewal;
mod revocation_source;
mod sessions;
mod sessions_example;
mod site;
mod stores_example;
mod support;
mod traps;
mod walkthrough;
mod warp_layer;
mod worker;
