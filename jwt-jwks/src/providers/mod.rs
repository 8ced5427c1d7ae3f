//! Rules for the tokens of well-known providers.
//!
//! Each function returns a [`RemoteIssuerBuilder`] that knows where the provider publishes its keys, and which of its
//! tokens are yours:
//!
//! ```no_run
//! use jwt_core::{BearerHandlers, Config, JwtManager};
//! use jwt_jwks::providers;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let login = providers::keycloak("https://id.example.com/realms/shop", "orders").build()?;
//! let jwt = JwtManager::builder(Config::default())
//!     .trusted_issuer(login.issuer())
//!     .error_handlers(BearerHandlers)
//!     .build()?;
//! # Ok(())
//! # }
//! ```
//!
//! The clients of identity providers expect the responses of RFC 6750: a 401 with a challenge makes them get a new
//! token. [`BearerHandlers`](jwt_core::BearerHandlers) sends these. Without it, an invalid token gets a 422, as in
//! flask-jwt-extended. The examples of the functions leave this line out.
//!
//! The arguments are in the same order everywhere: first who issues the token, then who it is for. A function does not
//! fetch anything. For an argument that no token has, such as an address with a path too many,
//! [`build`](crate::RemoteIssuerBuilder::build) returns an error.
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
//! | [`entra`], [`entra_tenants`] | access, version 2.0 | tenants, client id of the API | ID tokens, version 1.0 |
//! | [`okta`] | access | authorization server, audience | ID tokens |
//! | [`cognito`] | access | user pool, client ids | ID tokens |
//! | [`google_id`] | ID | client ids | ID tokens of service accounts |
//! | [`apple_id`] | ID | client ids | notifications |
//! | [`firebase_id`] | ID | project | session cookies, custom tokens |
//! | [`github_actions`], [`github_actions_ids`] | ID | owner, repository, audience | |
//! | [`kubernetes`], [`kubernetes_in_cluster`], [`kubernetes_file`] | service account | issuer, audience | tokens of secrets |
//! | [`supabase`], [`supabase_clients`] | access | project, OAuth clients | API keys, other OAuth clients |
//! | [`clerk`] | session | Frontend API, authorized parties | template and OAuth tokens, pending sessions |
//! | [`zitadel`] | access | instance, project | ID tokens |
//! | [`authentik`] | access | application, client id | ID tokens |
//!
//! The access tokens of Google and GitHub are opaque. Only the provider can check them.
//!
//! # Authorities
//!
//! A preset maps the provider's claims to [authorities](jwt_core::Issuer::authorities). Scopes have no prefix. Roles have
//! the prefix `role:`, groups `group:`, and permissions `permission:`. The provider's administrators define the names. [Who
//! may do what](jwt_core::guide::who_may_do_what#tokens-of-identity-providers) shows policies for them.
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
//! let deployments = providers::github_actions("example", "shop", "https://deploy.example.com")
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
pub use supabase::{supabase, supabase_clients};
pub use zitadel::zitadel;

use url::Url;

use crate::RemoteIssuerBuilder;

/// The prefixes of authorities.
const ROLE: &str = "role:";
const GROUP: &str = "group:";
const PERMISSION: &str = "permission:";

/// The problem with an audience that no token has.
const AUDIENCE: &str =
    "must have an audience, without spaces around it: pass the one that your tokens have in aud";

/// The problem with client ids that no token has.
const CLIENTS: &str = "must have at least one client id, and none that is empty or has spaces around it: pass those of \
                       your clients";

/// Makes the builder fail with this text, about this function, if an argument is not usable.
fn require(
    builder: RemoteIssuerBuilder,
    is_usable: bool,
    (function, problem): (&'static str, &'static str),
) -> RemoteIssuerBuilder {
    if is_usable { builder } else { builder.invalid(function, problem) }
}

/// Whether a token could have this text as its audience, or as the id of a client.
fn is_text(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.contains(char::is_control)
}

fn are_texts(texts: &[String]) -> bool {
    !texts.is_empty() && texts.iter().all(|text| is_text(text))
}

/// Parses the address of an issuer. Returns `None` if a request for it would go to a different address, because then
/// the `iss` of tokens is spelled differently: `https://id.example.com:443/a/../b` is `https://id.example.com/b`.
/// The host can be in uppercase, and a slash at the end is optional.
fn address(text: &str) -> Option<Url> {
    let url = Url::parse(text).ok()?;
    let is_same =
        url.as_str().eq_ignore_ascii_case(text) || url.as_str().eq_ignore_ascii_case(&format!("{text}/"));
    let is_plain = url.host_str().is_some_and(|host| !host.split('.').any(str::is_empty))
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
        && !url.path().contains("//");
    (is_same && is_plain && text.starts_with(url.scheme())).then_some(url)
}

/// Whether a text is an address of a host alone, such as `https://id.example.com`.
fn is_host(text: &str) -> bool {
    address(text).is_some_and(|url| url.path() == "/")
}

/// Whether the path of an address ends with these segments. `None` is a segment with any name.
fn ends_with(text: &str, expected: &[Option<&str>]) -> bool {
    let Some(url) = address(text) else { return false };
    let mut segments = url.path().split('/').filter(|segment| !segment.is_empty()).rev();
    expected.iter().rev().all(|expected| {
        segments.next().is_some_and(|segment| expected.is_none_or(|expected| expected == segment))
    })
}

/// Removes one slash at the end, for providers whose `iss` never has one.
fn without_slash(address: &str) -> &str {
    address.strip_suffix('/').unwrap_or(address)
}
