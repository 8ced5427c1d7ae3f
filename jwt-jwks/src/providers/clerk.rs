use jwt_core::AuthorityClaim;

use super::{PERMISSION, ROLE, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts session tokens of Clerk.
///
/// `frontend_api` is the address of the Frontend API, such as `https://clerk.example.com`, or
/// `https://example.clerk.accounts.dev` for a development instance. `authorized_parties` are the origins of your pages,
/// such as `https://shop.example.com`.
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
    let name = without_slash(frontend_api);
    let parties: Vec<String> = authorized_parties.into_iter().map(Into::into).collect();
    RemoteIssuer::jwks(name, format!("{name}/.well-known/jwks.json")).rules(move |issuer| {
        issuer
            .kind_claim("azp", parties.iter().map(String::as_str))
            .required_claims(["sid"])
            .restrict_claim("sts", ["active"])
            .authorities([
                AuthorityClaim::nested(["o", "rol"]).prefix(ROLE),
                AuthorityClaim::new("org_role").prefix(ROLE),
                AuthorityClaim::new("org_permissions").prefix(PERMISSION),
            ])
    })
}
