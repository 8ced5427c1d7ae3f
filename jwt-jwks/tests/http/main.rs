//! Documents as bad servers send them, over HTTP on the loopback interface.
#![cfg(feature = "reqwest")]

mod client;
mod documents;
mod files;
mod setup;
