use jwt_core::AuthorityClaim;

use super::{AUDIENCE, PERMISSION, is_host, is_text, require, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts access tokens of a tenant of Auth0.
///
/// `domain` is the tenant's domain or your custom domain, such as `example.eu.auth0.com`. The `iss` of the tokens is
/// this domain with `https://` before it and a slash after it. `audience` is the identifier of your API.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::auth0("example.eu.auth0.com", "https://orders.example.com").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://example.eu.auth0.com/",
///   "sub": "auth0|65f0c1d2e3f4a5b6c7d8e9f0",
///   "aud": ["https://orders.example.com", "https://example.eu.auth0.com/userinfo"],
///   "azp": "my_client_id",
///   "scope": "openid profile orders:read",
///   "permissions": ["orders:read", "orders:refund"],
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the domain, the audience, `exp`, and `sub` |
/// | kind | the audience. ID tokens and logout tokens have the id of a client as their audience. Both token profiles are accepted: the header parameter `typ` can be `JWT` or `at+jwt` |
/// | identity | `sub`. The one of machines ends with `@clients` |
/// | authorities | `scope`; `permissions` as `permission:` |
///
/// # What it can't tell apart
///
/// - The two kinds of tokens if the identifier of the API is the id of a client. As a second line of defense, tokens
///   with claims of ID tokens are rejected, such as `nonce`.
/// - Without role-based access control, `scope` has what the client requested, not what the user may do. Enable it, with
///   permissions in the access token, and require `permission:` authorities.
///
/// Roles are not in the tokens by default. If an action adds them, under a name that is an address, map that claim:
/// `AuthorityClaim::new("https://example.com/roles").prefix("role:")`.
///
/// APIs that are set to HS256 have no published keys, and their tokens are rejected.
///
/// Checked against Auth0's documentation, not tested with Auth0.
pub fn auth0(domain: &str, audience: &str) -> RemoteIssuerBuilder {
    let domain = without_slash(domain.strip_prefix("https://").unwrap_or(domain)).to_ascii_lowercase();
    let is_domain = domain.contains('.') && is_host(&format!("https://{domain}"));
    let is_audience = is_text(audience);
    let audience = audience.to_owned();
    let builder = RemoteIssuer::discover(format!("https://{domain}/")).rules(move |issuer| {
        issuer.audience(audience.as_str()).audience_alone().accept_typ("at+jwt").authorities([
            AuthorityClaim::new("scope"),
            AuthorityClaim::new("permissions").prefix(PERMISSION),
        ])
    });
    let problem = "must have a domain: pass one such as example.eu.auth0.com";
    let builder = require(builder, is_domain, ("auth0", problem));
    require(builder, is_audience, ("auth0", AUDIENCE))
}
