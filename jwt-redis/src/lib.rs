#![doc = include_str!("lib.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod bucket;
mod builder;
mod error;
mod eviction;
mod link;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(not(feature = "metrics"))]
mod metrics;
mod names;
mod replicas;
mod replicated;
mod reply;
mod scripts;
mod sessions;
mod store;
mod time;
#[cfg(feature = "tls")]
mod tls;

pub use builder::RedisSessionsBuilder;
pub use error::{Error, Failure};
pub use replicated::{Replicated, ReplicatedBuilder, Source};
pub use store::RedisSessions;

/// Checks that the program in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
