use super::{CLIENTS, are_texts, require};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts identity tokens of Sign in with Apple.
///
/// `client_ids` are the ids of your apps and services, such as `com.example.shop`.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::apple_id(["com.example.shop"]).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://appleid.apple.com",
///   "aud": "com.example.shop",
///   "sub": "000544.5e201aec537347aeb79d23cbc345170a.1321",
///   "nonce": "e3b0c44298fc1c149afbf4c8996fb924",
///   "email": "abcd@privaterelay.appleid.com",
///   "email_verified": "true",
///   "iat": 1798758300,
///   "exp": 1798844700
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | one of the ids as the audience, `iat`, `exp`, and `sub` |
/// | kind | they are all ID tokens. Notifications about accounts have the same keys and the same audience. They have `events` and lack `sub`, so they are rejected |
/// | identity | `sub`, which is the same in all apps of one team |
/// | authorities | none |
///
/// `email_verified` and `is_private_email` can be strings or booleans.
///
/// # What it can't tell apart
///
/// - A token that was sent to your server, and one that someone took from your app. An ID token tells who signed in. It
///   was not made to be sent with every request. Use it once, compare its `nonce` with the one of the sign-in, and then
///   issue a session of your own.
///
/// Checked against Apple's documentation, not tested with Apple.
pub fn apple_id<S: Into<String>>(client_ids: impl IntoIterator<Item = S>) -> RemoteIssuerBuilder {
    let client_ids: Vec<String> = client_ids.into_iter().map(Into::into).collect();
    let are_clients = are_texts(&client_ids);
    let builder = RemoteIssuer::jwks("https://appleid.apple.com", "https://appleid.apple.com/auth/keys")
        .rules(move |issuer| {
            let issuer = issuer.id_tokens().no_authorities();
            client_ids.iter().fold(issuer, |issuer, id| issuer.audience(id.as_str()))
        });
    require(builder, are_clients, ("apple_id", CLIENTS))
}
