//! Rules for the tokens of well-known providers.
//!
//! Each function returns a [`RemoteIssuerBuilder`] that knows where the provider publishes its keys, and which of its
//! tokens are yours:
//!
//! ```no_run
//! use jwt_core::{Config, JwtManager};
//! use jwt_jwks::providers;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let login = providers::keycloak("https://id.example.com/realms/shop", "orders").build()?;
//! let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
//! # Ok(())
//! # }
//! ```
//!
//! **The rules are checked against each provider's documentation and source code, and tested with tokens of the
//! documented shape. They are not tested with the providers.** If a provider's token is rejected, the error of
//! [`JwtManager::verify`](jwt_core::JwtManager::verify) has the rule that it breaks as its source, an
//! [`InvalidToken`](jwt_core::error::InvalidToken).
//!
//! | provider | tokens | you pass | other tokens that are rejected |
//! | --- | --- | --- | --- |
//! | [`keycloak`] | access | realm, audience | ID, refresh, and logout tokens |
//! | [`auth0`] | access | domain, audience | ID tokens and logout tokens |
//! | [`entra`], [`entra_tenants`] | access, version 2.0 | tenant, client id of the API | ID tokens, version 1.0 |
//! | [`okta`] | access | authorization server, audience | ID tokens |
//! | [`cognito`] | access | user pool, client ids | ID tokens |
//! | [`google_id`] | ID | client ids | ID tokens of service accounts |
//! | [`apple_id`] | ID | client ids | notifications |
//! | [`firebase_id`] | ID | project | session cookies, custom tokens |
//! | [`github_actions`], [`github_actions_ids`] | ID | audience, owner, repository | |
//! | [`kubernetes`], [`kubernetes_in_cluster`], [`kubernetes_file`] | service account | issuer, audience | tokens of secrets |
//! | [`supabase`] | access | project | API keys |
//! | [`clerk`] | session | Frontend API, authorized parties | template and OAuth tokens, pending sessions |
//! | [`zitadel`] | access | instance, project | ID tokens |
//! | [`authentik`] | access | application, client id | ID tokens |
//!
//! The access tokens of Google and GitHub are opaque. Only the provider can check them.
//!
//! # Authorities
//!
//! A preset maps the provider's claims to [authorities](jwt_core::Issuer::authorities). Scopes have no prefix. Roles have
//! the prefix `role:`, groups `group:`, and permissions `permission:`. The provider's administrators define the names.
//!
//! # Further rules
//!
//! Add your own rules with [`RemoteIssuerBuilder::rules`]. Those of
//! [`require_claim`](jwt_core::Issuer::require_claim) and [`required_claims`](jwt_core::Issuer::required_claims) accept
//! fewer tokens than the preset alone:
//!
//! ```no_run
//! use jwt_jwks::providers;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let deployments = providers::github_actions("https://deploy.example.com", "example", "shop")
//!     .rules(|issuer| issuer.require_claim("ref", ["refs/heads/main"]))
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! An additional [`audience`](jwt_core::Issuer::audience) accepts more tokens, because a token needs only one of them.
//! More [`authorities`](jwt_core::Issuer::authorities) add to those of the preset.

mod apple;
mod auth0;
mod authentik;
mod clerk;
mod cognito;
mod entra;
mod firebase;
mod github_actions;
mod google;
mod keycloak;
mod kubernetes;
mod okta;
mod supabase;
mod zitadel;

pub use apple::apple_id;
pub use auth0::auth0;
pub use authentik::authentik;
pub use clerk::clerk;
pub use cognito::cognito;
pub use entra::{entra, entra_tenants};
pub use firebase::firebase_id;
pub use github_actions::{github_actions, github_actions_ids};
pub use google::google_id;
pub use keycloak::keycloak;
pub use kubernetes::{kubernetes, kubernetes_file, kubernetes_in_cluster};
pub use okta::okta;
pub use supabase::supabase;
pub use zitadel::zitadel;

use crate::RemoteIssuerBuilder;

/// The prefixes of authorities.
const ROLE: &str = "role:";
const GROUP: &str = "group:";
const PERMISSION: &str = "permission:";

/// Makes the builder fail with this text, about this function, if an argument is not usable.
fn require(
    builder: RemoteIssuerBuilder,
    is_usable: bool,
    (function, problem): (&'static str, &'static str),
) -> RemoteIssuerBuilder {
    if is_usable { builder } else { builder.invalid(function, problem) }
}

/// Whether a text can be a part of a host name or of a path, so that it can't change the rest of an address.
fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= 255 && text.bytes().all(is_allowed) && !text.starts_with('.')
}

/// Removes one slash at the end, for providers whose `iss` never has one.
fn without_slash(address: &str) -> &str {
    address.strip_suffix('/').unwrap_or(address)
}
