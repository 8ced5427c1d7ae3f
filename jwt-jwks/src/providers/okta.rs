use jwt_core::AuthorityClaim;

use super::{AUDIENCE, GROUP, address, ends_with, is_text, require, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts access tokens of a custom authorization server of Okta.
///
/// `server` is the issuer of the authorization server, such as `https://example.okta.com/oauth2/default`. `audience` is
/// the audience in its settings.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::okta("https://example.okta.com/oauth2/default", "api://orders").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://example.okta.com/oauth2/default",
///   "aud": "api://orders",
///   "sub": "alice@example.com",
///   "cid": "0oab8eb55Kb9jdMIr5d6",
///   "uid": "00uid4BxXw6I6TV4m0g3",
///   "scp": ["openid", "orders:read"],
///   "groups": ["warehouse"],
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the authorization server, the audience, `exp`, `cid`, and the identity |
/// | kind | ID tokens have the id of a client as their audience and do not have `cid` |
/// | identity | `uid`, or `cid` for machines, which do not have `uid`. Okta's ids of users and of clients are different. `sub` is the login, which can change and be reused |
/// | authorities | `scp`; `groups` as `group:`, if the authorization server has such a claim |
///
/// # What it can't tell apart
///
/// - Services that share the authorization server, because they share its audience. Give each service a server of its
///   own, or different scopes.
///
/// The access tokens of the organization's own authorization server, whose issuer has no `/oauth2/`, are meant for Okta
/// alone. The function returns an error for it.
///
/// Checked against Okta's documentation, not tested with Okta.
pub fn okta(server: &str, audience: &str) -> RemoteIssuerBuilder {
    // Okta writes its hosts in small letters.
    let name = address(server).map_or_else(|| server.to_owned(), String::from);
    let segments = name.split('/').skip(3).filter(|segment| !segment.is_empty()).count();
    // The console has a host of its own, which no token has as its issuer.
    let is_console = ["-admin.okta.com/", "-admin.oktapreview.com/", "-admin.okta-emea.com/"]
        .iter()
        .any(|host| name.contains(host));
    let is_custom = ends_with(server, &[Some("oauth2"), None]) && segments == 2 && !is_console;
    let is_audience = is_text(audience);
    let audience = audience.to_owned();
    let builder = RemoteIssuer::discover(without_slash(&name)).rules(move |issuer| {
        issuer
            .audience(audience.as_str())
            .audience_alone()
            .required_claims(["cid"])
            .identity_claims(["uid", "cid"])
            .authorities([AuthorityClaim::new("scp"), AuthorityClaim::new("groups").prefix(GROUP)])
    });
    let problem = "must have a custom authorization server, because other access tokens are meant for Okta alone: pass \
                   an issuer such as https://example.okta.com/oauth2/default";
    let builder = require(builder, is_custom, ("okta", problem));
    require(builder, is_audience, ("okta", AUDIENCE))
}
