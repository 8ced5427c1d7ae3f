//! The fake issuer, as a client sees it.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod client;
mod documents;
mod failures;
mod keys;
mod runtimes;
mod tokens;

use jwt_core::keys::KeySet;
use jwt_core::{Config, Issuer, JwtManager};
use jwt_test::FakeIssuer;

/// Returns a manager that has exactly these keys of the issuer.
fn manager(issuer: &FakeIssuer, keys: KeySet) -> JwtManager {
    let issuer = Issuer::new(issuer.url(), keys).audience("api").audience_alone();
    JwtManager::builder(Config::default()).trusted_issuer(issuer).build().unwrap()
}

/// Returns a manager with the keys that the issuer publishes now.
fn up_to_date(issuer: &FakeIssuer) -> JwtManager {
    manager(issuer, client::key_set(issuer))
}
