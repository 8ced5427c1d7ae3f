use jwt_core::Algorithm;

use super::require;
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// The certificates that Firebase's documentation names.
const CERTIFICATES: &str =
    "https://www.googleapis.com/robot/v1/metadata/x509/securetoken@system.gserviceaccount.com";

/// Accepts ID tokens of Firebase Authentication.
///
/// `project` is the id of the project, not its number. It is both the audience and the end of the issuer.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::firebase_id("shop-4711").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://securetoken.google.com/shop-4711",
///   "aud": "shop-4711",
///   "auth_time": 1798758240,
///   "sub": "Xk893u23H9SJ893kz0P1w2Q3e4r5",
///   "firebase": {"identities": {}, "sign_in_provider": "password"},
///   "iat": 1798758300,
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the project in `iss` and `aud`, `iat`, `exp`, `sub`, `auth_time`, and `firebase` |
/// | kind | session cookies and custom tokens have a different issuer. The tokens of the emulator are not signed. All of them are rejected |
/// | identity | `sub` |
/// | authorities | none. Custom claims are at the top level: map those that you set, such as `authorities([AuthorityClaim::new("roles").prefix("role:")])` |
///
/// # What it can't tell apart
///
/// - Anonymous users from others, because an anonymous sign-in is a sign-in. Their `firebase.sign_in_provider` is
///   `anonymous`. In most projects, anyone can create an account.
/// - The tenants of Identity Platform, unless you check `firebase.tenant`.
/// - Users that were disabled after the token was issued.
///
/// Checked against Google's documentation, not tested with Firebase.
pub fn firebase_id(project: &str) -> RemoteIssuerBuilder {
    let name = format!("https://securetoken.google.com/{project}");
    let audience = project.to_owned();
    let builder =
        RemoteIssuer::jwks(name, CERTIFICATES).certificate_map(Algorithm::RS256).rules(move |issuer| {
            issuer
                .id_tokens()
                .audience(audience.as_str())
                .required_claims(["auth_time", "firebase"])
                .no_authorities()
        });
    // https://cloud.google.com/resource-manager/docs/creating-managing-projects: an id begins with a letter, so a number
    // is not an id. Old ones have a domain, such as example.com:shop.
    let is_allowed =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'-' | b'.' | b':');
    let is_id =
        project.starts_with(|first: char| first.is_ascii_lowercase()) && project.bytes().all(is_allowed);
    let problem = "must have the id of a project, which is not its number: pass one such as shop-4711";
    require(builder, is_id, ("firebase_id", problem))
}
