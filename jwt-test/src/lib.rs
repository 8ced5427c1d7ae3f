// The examples need the feature.
#![cfg_attr(any(not(doctest), feature = "identity"), doc = include_str!("lib.md"))]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![allow(
    clippy::arithmetic_side_effects,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "a test fails with a panic, and chooses its own times"
)]

#[cfg(all(feature = "identity", not(any(debug_assertions, feature = "insecure-release"))))]
compile_error!(
    "the feature `identity` of jwt-test, which is on by default, creates authenticated requests without a token, and this \
     build does not have debug assertions. List jwt-test in [dev-dependencies] only, and use a resolver of at least 2. For \
     tests and benchmarks in release mode that do not use `identity` or `assert_guarded`, set \
     `default-features = false, features = [\"aws-lc\"]`. For those that do, read \"Builds without debug assertions\" on \
     the front page of the documentation"
);

mod addresses;
mod answer;
mod body;
mod builder;
mod clock;
mod der;
mod discovery;
mod documents;
mod failure;
#[cfg(feature = "jwks")]
mod fetch;
#[cfg(feature = "identity")]
mod flaw;
#[cfg(feature = "identity")]
mod good;
#[cfg(feature = "identity")]
mod guarded;
mod hits;
#[cfg(feature = "identity")]
mod identity;
mod issuer;
mod key;
mod members;
#[cfg(feature = "openapi")]
mod openapi;
#[cfg(any(feature = "identity", feature = "openapi"))]
mod rejection;
mod ring;
mod server;
mod shared;
mod store;
mod token;

pub mod shapes;

pub use builder::FakeIssuerBuilder;
pub use clock::FakeClock;
pub use discovery::Discovery;
pub use failure::Failure;
#[cfg(feature = "jwks")]
pub use fetch::FakeClient;
#[cfg(feature = "identity")]
#[cfg_attr(docsrs, doc(cfg(feature = "identity")))]
pub use flaw::Flaw;
#[cfg(feature = "identity")]
#[cfg_attr(docsrs, doc(cfg(feature = "identity")))]
pub use good::GoodToken;
#[cfg(feature = "identity")]
#[cfg_attr(docsrs, doc(cfg(feature = "identity")))]
pub use guarded::{GuardTest, assert_guarded};
pub use hits::Hits;
#[cfg(feature = "identity")]
#[cfg_attr(docsrs, doc(cfg(feature = "identity")))]
pub use identity::{FakeIdentity, identity};
pub use issuer::FakeIssuer;
#[cfg(feature = "openapi")]
#[cfg_attr(docsrs, doc(cfg(feature = "openapi")))]
pub use openapi::OpenApiTest;
pub use store::{FailingStore, Outage, StoreCall, StoreCalls};
pub use token::FakeToken;

/// The algorithms and keys that [`FakeIssuerBuilder::algorithm`] and [`FakeToken::signed_with`] accept.
pub use jwt_core;

/// Checks that the example in the README compiles.
#[cfg(all(doctest, feature = "identity"))]
#[doc = include_str!("../README.md")]
struct Readme;
