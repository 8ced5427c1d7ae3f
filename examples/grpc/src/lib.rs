//! A gRPC server with tonic, whose calls need a token, and a client for it.

pub mod client;
pub mod server;

/// The code that tonic generates from `proto/orders.proto`. It is committed, so you do not need `protoc` to build this
/// example. In your own project, generate it with
/// [`tonic-prost-build`](https://docs.rs/tonic-prost-build) in a build script.
#[allow(missing_docs, unused_qualifications, clippy::all, clippy::pedantic, reason = "generated code")]
pub mod orders {
    include!("generated/orders.v1.rs");
}
