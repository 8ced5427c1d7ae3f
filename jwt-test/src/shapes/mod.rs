//! Tokens of each provider's shape, with invented values.
//!
//! Each function returns the header parameters and claims of one kind of token, as the provider's documentation
//! describes them. The arguments are the values that make a token yours, such as the audience. Change or remove single
//! claims with [`Shape::claim`] and [`Shape::without`], then sign the shape with [`FakeToken::shape`].
//!
//! The header parameters `alg` and `kid` are missing. They belong to the key.
//!
//! ```
//! use jwt_test::{FakeIssuer, shapes};
//!
//! let realm = "https://id.example.com/realms/shop";
//! let login = FakeIssuer::builder().named(realm).start();
//! let shape = shapes::keycloak::access_token(realm, "orders", "shop-web").claim("scope", "orders:read");
//! let token = login.token().shape(&shape).sign();
//! # assert_eq!(token.split('.').count(), 3);
//! ```

pub mod apple;
pub mod auth0;
pub mod authentik;
pub mod clerk;
pub mod cognito;
pub mod entra;
pub mod firebase;
pub mod github_actions;
pub mod google;
pub mod keycloak;
pub mod kubernetes;
pub mod okta;
pub mod supabase;
pub mod zitadel;

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Map, Value};

use crate::FakeToken;
use crate::members::{TIMES, moved};

/// The header parameters and claims of a token that is not signed yet.
///
/// A shape is issued at the current time of the system. See [`issued_at`](Self::issued_at).
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a shape is not a token until it is signed"]
pub struct Shape {
    header: Map<String, Value>,
    claims: Map<String, Value>,
}

impl Shape {
    /// Creates a shape from two JSON objects, and adds `iat` and `exp`. `lifetime` is in seconds. Values that are not
    /// objects count as empty.
    pub fn new(header: Value, claims: Value, lifetime: u64) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
        let object = |value| match value {
            Value::Object(members) => members,
            _ => Map::new(),
        };
        let shape = Self { header: object(header), claims: object(claims) };
        shape.claim("iat", now).claim("exp", now.saturating_add(lifetime))
    }

    /// Returns the header parameters.
    #[must_use]
    pub const fn header(&self) -> &Map<String, Value> {
        &self.header
    }

    /// Returns the claims.
    #[must_use]
    pub const fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Sets a header parameter.
    pub fn header_parameter(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.header.insert(name.to_owned(), value.into());
        self
    }

    /// Sets a claim.
    pub fn claim(mut self, name: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(name.to_owned(), value.into());
        self
    }

    /// Removes a claim.
    pub fn without(mut self, name: &str) -> Self {
        self.claims.remove(name);
        self
    }

    /// Sets the time of issue, in seconds since 1970. The other times move by as much, so the lifetime is the same.
    pub fn issued_at(mut self, seconds: u64) -> Self {
        let before = self.time("iat").unwrap_or(seconds);
        for name in TIMES {
            if let Some(time) = self.time(name) {
                self.claims.insert(name.to_owned(), moved(time, before, seconds).into());
            }
        }
        self
    }

    /// Sets further claims to the time of issue. `ago` is in seconds.
    fn time_claim(self, name: &str, ago: u64) -> Self {
        let issued_at = self.time("iat").unwrap_or_default();
        self.claim(name, issued_at.saturating_sub(ago))
    }

    fn time(&self, name: &str) -> Option<u64> {
        self.claims.get(name).and_then(Value::as_u64)
    }
}

impl FakeToken {
    /// Replaces all claims, and the header parameters except `alg` and `kid`, with those of a shape.
    pub fn shape(self, shape: &Shape) -> Self {
        let token = self.without_header("typ").claims(shape.claims.clone());
        shape.header.iter().fold(token, |token, (name, value)| token.header(name, value))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Shape, keycloak, kubernetes};

    #[test]
    fn the_times_of_a_signed_shape_move_together() {
        let issuer = crate::FakeIssuer::start();
        let shape = keycloak::access_token(issuer.url(), "orders", "web").issued_at(1_000_000);
        let lifetime = shape.claims()["exp"].as_u64().unwrap() - 1_000_000;
        let moment = std::time::UNIX_EPOCH + std::time::Duration::from_secs(5_000);
        let text = issuer.token().shape(&shape).issued_at(moment).sign();
        let payload = text.split('.').nth(1).unwrap();
        let payload = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, payload).unwrap();
        let claims: serde_json::Value = serde_json::from_slice(&payload).unwrap();
        assert_eq!([&claims["iat"], &claims["exp"]], [&json!(5_000), &json!(5_000 + lifetime)]);
    }

    #[test]
    fn all_times_move_together() {
        let shape = Shape::new(json!({}), json!({}), 300).time_claim("auth_time", 60).time_claim("nbf", 5);
        let moved = shape.issued_at(1000);
        let times = ["iat", "nbf", "exp", "auth_time"].map(|name| moved.claims()[name].as_u64());
        assert_eq!(times, [Some(1000), Some(995), Some(1300), Some(940)]);
    }

    #[test]
    fn the_lifetime_stays() {
        let token =
            keycloak::access_token("https://id.example.com/realms/shop", "orders", "web").issued_at(7);
        assert_eq!(token.claims()["exp"], 307);
        let legacy = kubernetes::legacy_token("shop", "web").issued_at(7);
        assert!(!legacy.claims().contains_key("exp"));
    }
}
