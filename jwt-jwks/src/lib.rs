#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod address;
mod attempt;
mod builder;
mod cache;
#[cfg(feature = "reqwest")]
mod client;
mod clock;
mod common;
mod discovery;
mod error;
mod fetch;
mod file;
mod keys;
mod limit;
mod machine;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
mod metrics;
mod origin;
pub mod providers;
mod remote;
mod status;
#[cfg(test)]
mod tests;

pub use builder::RemoteIssuerBuilder;
pub use error::{FetchError, FetchErrorKind};
pub use fetch::{Fetch, FetchRequest};
pub use remote::RemoteIssuer;
pub use status::Status;

/// The version of the `bytes` crate that [`Fetch`] uses.
pub use bytes;
/// The version of the `http` crate that [`Fetch`] uses.
pub use http;
/// The version of the `reqwest` crate that [`RemoteIssuerBuilder::client`] uses.
#[cfg(feature = "reqwest")]
#[cfg_attr(docsrs, doc(cfg(feature = "reqwest")))]
pub use reqwest;

/// Checks that the program in the README compiles.
#[cfg(all(doctest, feature = "reqwest"))]
#[doc = include_str!("../README.md")]
struct Readme;
