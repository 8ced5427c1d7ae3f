use jwt_core::AuthorityClaim;

use super::{GROUP, ends_with, is_text, require, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts access tokens of an OAuth2 provider of authentik.
///
/// `issuer` is the address of the application, such as `https://id.example.com/application/o/shop/`. The `iss` of its
/// tokens always ends with a slash. `client_id` is the one of the provider. Choose a signing key in the provider's
/// settings; without one, authentik signs with the client's secret and publishes no key.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::authentik("https://id.example.com/application/o/shop/", "aBcDeFgHiJkL").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://id.example.com/application/o/shop/",
///   "sub": "b1f6b6c1d0b54c0bb4f3a27dc1dbe6a0c9c0f1f8d6b7a5e4c3d2b1a09f8e7d6c",
///   "aud": "aBcDeFgHiJkL",
///   "azp": "aBcDeFgHiJkL",
///   "uid": "kY8fLxq2Vw5RzJ0aTn3c",
///   "groups": ["warehouse"],
///   "exp": 1798758600
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the application, the client as the audience and in `azp`, `exp`, `sub`, and `uid` |
/// | kind | an access token is an ID token with the additional claims `azp` and `uid`. Tokens without them are rejected. [Both kinds have the `nonce`][source] of the sign-in, so it does not tell them apart |
/// | identity | `sub`. The provider's settings choose what it is; keep the default, a hash of the user's id, because users can change their names |
/// | authorities | `scope`, if the token has it; `groups` as `group:`, from the scope `profile` |
///
/// # What it can't tell apart
///
/// - The client and the service: both are the same provider, so the audience is the client. Each service that gets the
///   token can use it for the others.
/// - An ID token to which a property mapping adds `azp` and `uid`. Don't add these claims.
///
/// If the provider's issuer mode is the same for all applications, use [`RemoteIssuer::jwks`] with the address
/// `https://id.example.com/` and the application's key set, and write down these rules yourself.
///
/// Checked against authentik's documentation and source code, not tested with authentik.
///
/// [source]: https://github.com/goauthentik/authentik/blob/main/authentik/providers/oauth2/id_token.py
pub fn authentik(issuer: &str, client_id: &str) -> RemoteIssuerBuilder {
    let is_application = ends_with(issuer, &[Some("application"), Some("o"), None]);
    let is_client = is_text(client_id);
    let client_id = client_id.to_owned();
    let builder = RemoteIssuer::discover(format!("{}/", without_slash(issuer))).rules(move |issuer| {
        issuer
            .audience(client_id.as_str())
            .kind_claim("azp", [client_id.as_str()])
            .required_claims(["uid"])
            .authorities([AuthorityClaim::new("scope"), AuthorityClaim::new("groups").prefix(GROUP)])
    });
    let application = "must have the address of an application: pass one such as \
                       https://id.example.com/application/o/shop/";
    let client =
        "must have the client id of the provider, without spaces around it: copy it from its settings";
    let builder = require(builder, is_application, ("authentik", application));
    require(builder, is_client, ("authentik", client))
}
