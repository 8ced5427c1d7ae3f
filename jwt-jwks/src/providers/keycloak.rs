use jwt_core::AuthorityClaim;

use super::{AUDIENCE, GROUP, ROLE, ends_with, is_text, require, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts access tokens of a realm of Keycloak.
///
/// `realm` is the address of the realm, which is the `iss` of its tokens. `audience` is the client that represents your
/// service. Keycloak [does not add it to tokens by itself][audience]: give the clients that call your service a client
/// scope with an audience mapper.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::keycloak("https://id.example.com/realms/shop", "orders").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://id.example.com/realms/shop",
///   "aud": ["orders", "account"],
///   "sub": "7cb1f3a0-5a3e-4d43-9f65-1f0b8a3a6d1e",
///   "typ": "Bearer",
///   "azp": "shop-web",
///   "scope": "openid orders:read",
///   "realm_access": {"roles": ["staff"]},
///   "resource_access": {"orders": {"roles": ["editor"]}, "billing": {"roles": ["admin"]}},
///   "groups": ["/warehouse"],
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the realm, the audience, `exp`, and `sub` |
/// | kind | the claim `typ` is `Bearer` or `bearer`, so ID, refresh, offline, and logout tokens are rejected. The header parameter `typ` can be `JWT` or `at+jwt` |
/// | identity | `sub`, also for service accounts |
/// | authorities | `scope`; `realm_access.roles` and the audience's roles in `resource_access` as `role:`; `groups` as `group:` |
///
/// # What it can't tell apart
///
/// - A realm role and a client role with one name are the same authority. Roles of other clients add nothing.
/// - The tokens of all clients of the realm that have the audience. To accept only some clients, add
///   `require_claim("azp", …)`.
///
/// The function returns an error for the audience `account`, which most access tokens of a realm have.
///
/// Checked against Keycloak's documentation and source code, not tested with Keycloak. The header parameter `at+jwt` is
/// a setting of clients since version 26.2.
///
/// [audience]: https://www.keycloak.org/docs/latest/server_admin/index.html#audience-support
pub fn keycloak(realm: &str, audience: &str) -> RemoteIssuerBuilder {
    let is_realm = ends_with(realm, &[Some("realms"), None]);
    let (is_audience, is_account) = (is_text(audience), audience == "account");
    let audience = audience.to_owned();
    let builder = RemoteIssuer::discover(without_slash(realm)).rules(move |issuer| {
        issuer
            .audience(audience.as_str())
            .kind_claim("typ", ["Bearer", "bearer"])
            .accept_typ("at+jwt")
            .authorities([
                AuthorityClaim::new("scope"),
                AuthorityClaim::nested(["realm_access", "roles"]).prefix(ROLE),
                AuthorityClaim::nested(["resource_access", audience.as_str(), "roles"]).prefix(ROLE),
                AuthorityClaim::new("groups").prefix(GROUP),
            ])
    });
    let realm = "must have the address of a realm: pass the iss of its tokens, such as https://id.example.com/realms/shop";
    let account = "must not have the audience account, which most access tokens of a realm have: add a client scope with \
                   an audience mapper, and pass its audience";
    let builder = require(builder, is_realm, ("keycloak", realm));
    let builder = require(builder, is_audience, ("keycloak", AUDIENCE));
    require(builder, !is_account, ("keycloak", account))
}
