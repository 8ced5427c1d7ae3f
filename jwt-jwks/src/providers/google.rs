use super::{CLIENTS, are_texts, require};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts ID tokens of Google, as Sign in with Google returns them to a page or an app.
///
/// `client_ids` are the OAuth client ids of your applications. List those of all platforms whose tokens you accept,
/// for example the one of the Android app in addition to that of the server.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::google_id(["1234987819200.apps.googleusercontent.com"]).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://accounts.google.com",
///   "azp": "1234987819200.apps.googleusercontent.com",
///   "aud": "1234987819200.apps.googleusercontent.com",
///   "sub": "107691503500061507151",
///   "hd": "example.com",
///   "email": "alice@example.com",
///   "email_verified": true,
///   "iat": 1798758300,
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | one of the clients as the audience, `iat`, `exp`, and `sub` |
/// | client | `azp`, if the token has it, must be one of the clients. [Google's types][azp] say that it is only needed if it differs from the audience |
/// | kind | they are all ID tokens. Google's access tokens are opaque, so they are rejected |
/// | identity | `sub`. Don't use `email`, which can change |
/// | authorities | none |
///
/// Anyone who has a service account can request an ID token [for any audience][audience], also for your client id. Such
/// tokens have [the id of the service account in `azp`][instances], so they are rejected.
///
/// To accept only the members of an organization, add `require_claim("hd", ["example.com"])`. The domain of `email` is
/// not a proof.
///
/// # What it can't tell apart
///
/// - A token that was sent to your server, and one that someone took from your page. An ID token tells who signed in. It
///   was not made to be sent with every request. Use it once, check its `nonce` if you set one, and then issue a session
///   of your own.
///
/// Tokens whose `iss` is `accounts.google.com`, without `https://`, are rejected.
///
/// Checked against Google's documentation, not tested with Google.
///
/// [audience]: https://cloud.google.com/iam/docs/create-short-lived-credentials-direct#sa-credentials-oidc
/// [azp]: https://cloud.google.com/nodejs/docs/reference/google-auth-library/latest/google-auth-library/tokenpayload
/// [instances]: https://cloud.google.com/compute/docs/instances/verifying-instance-identity#payload
pub fn google_id<S: Into<String>>(client_ids: impl IntoIterator<Item = S>) -> RemoteIssuerBuilder {
    let client_ids: Vec<String> = client_ids.into_iter().map(Into::into).collect();
    let are_clients = are_texts(&client_ids);
    let builder = RemoteIssuer::discover("https://accounts.google.com").rules(move |issuer| {
        // This also checks azp.
        let issuer = issuer.id_tokens().no_authorities();
        client_ids.iter().fold(issuer, |issuer, id| issuer.audience(id.as_str()))
    });
    require(builder, are_clients, ("google_id", CLIENTS))
}
