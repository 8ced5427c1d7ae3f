use jwt_core::AuthorityClaim;

use url::Url;

use super::{PERMISSION, ROLE, is_host, require, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts session tokens of Clerk.
///
/// `frontend_api` is the address of the Frontend API, such as `https://clerk.example.com`, or
/// `https://example.clerk.accounts.dev` for a development instance. `authorized_parties` are the origins of your pages,
/// such as `https://shop.example.com`, without a slash at the end.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::clerk("https://clerk.example.com", ["https://shop.example.com"]).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://clerk.example.com",
///   "azp": "https://shop.example.com",
///   "sub": "user_2GIpXOEpVyJw51rkZn9Kmnc6Sxr",
///   "sid": "sess_2GbDB4enNdCa5vS1zpC3Xzg9tK9",
///   "o": {"id": "org_2abc", "slg": "example", "rol": "admin", "per": "manage,read", "fpm": "3"},
///   "v": 2,
///   "exp": 1798758360
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the Frontend API, one of the origins in `azp`, `exp`, `sub`, and `sid`. Tokens must not have an audience |
/// | kind | tokens from JWT templates do not have `sid`, and those for OAuth and machines do not have the origin in `azp`. The tokens of pending sessions have `pending` in `sts`. All of them are rejected |
/// | identity | `sub` |
/// | authorities | the role in the active organization as `role:`: `o.rol`, such as `role:admin`, or `org_role` in version 1, such as `role:org:admin`; `org_permissions` in version 1 as `permission:` |
///
/// A session token has no `azp` if the browser sent no `Origin`. It is rejected.
///
/// # What it can't tell apart
///
/// - Organizations. If users can create organizations, everyone is an admin of one. Compare `o.id` with the
///   organization that owns the data, in addition to the role.
/// - The user and someone who impersonates the user. The latter's token has `act`.
///
/// The permissions of version 2 are compressed, and are not mapped: `o.per` alone does not say which ones the user has.
///
/// Checked against Clerk's documentation, not tested with Clerk.
pub fn clerk<S: Into<String>>(
    frontend_api: &str,
    authorized_parties: impl IntoIterator<Item = S>,
) -> RemoteIssuerBuilder {
    // The host is in lowercase in tokens.
    let name = without_slash(frontend_api).to_ascii_lowercase();
    let parties: Vec<String> = authorized_parties.into_iter().map(Into::into).collect();
    let are_origins = !parties.is_empty() && parties.iter().all(|party| is_origin(party));
    let keys = format!("{name}/.well-known/jwks.json");
    let builder = RemoteIssuer::jwks(name, keys).rules(move |issuer| {
        issuer
            .without_audience()
            .kind_claim("azp", parties.iter().map(String::as_str))
            .required_claims(["sid"])
            .restrict_claim("sts", ["active"])
            .authorities([
                AuthorityClaim::nested(["o", "rol"]).prefix(ROLE),
                AuthorityClaim::new("org_role").prefix(ROLE),
                AuthorityClaim::new("org_permissions").prefix(PERMISSION),
            ])
    });
    let api = "must have the address of the Frontend API, without a path: pass one such as https://clerk.example.com";
    let origins = "must have at least one origin, spelled as browsers send it: pass those of your pages, such as \
                   https://shop.example.com, without a slash at the end";
    let builder = require(builder, is_host(frontend_api), ("clerk", api));
    require(builder, are_origins, ("clerk", origins))
}

/// Whether a browser could send this text as `Origin` (RFC 6454, 6.2). The pages of apps and extensions have schemes of
/// their own.
fn is_origin(text: &str) -> bool {
    match Url::parse(text) {
        Ok(url) if matches!(url.scheme(), "http" | "https") => url.origin().ascii_serialization() == text,
        Ok(url) => {
            let host = text.split_once("://").map_or("", |(_, host)| host);
            url.has_host() && !host.is_empty() && !host.contains(['/', '?', '#', '@', ' '])
        }
        Err(_) => false,
    }
}
