use jwt_core::AuthorityClaim;

use super::{CLIENTS, GROUP, are_texts, require};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts access tokens of an Amazon Cognito user pool.
///
/// `user_pool` is the id of the user pool, such as `eu-central-1_aBcDeFgHi`. `client_ids` are the app clients whose
/// tokens you accept.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::cognito("eu-central-1_aBcDeFgHi", ["1example23456789"]).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_aBcDeFgHi",
///   "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
///   "client_id": "1example23456789",
///   "token_use": "access",
///   "scope": "openid orders/read",
///   "cognito:groups": ["warehouse"],
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the user pool, one of the clients in `client_id`, `exp`, and `sub` |
/// | kind | `token_use` is `access`, so ID tokens are rejected. Refresh tokens are encrypted |
/// | identity | `sub`. The one of machines is their client id |
/// | authorities | `scope`, with names such as `orders/read`; `cognito:groups` as `group:` |
///
/// # What it can't tell apart
///
/// - The services that one client calls. Access tokens do not have an audience, so each of these services can use the
///   token for the others. Require scopes of your own resource server. If your clients request a resource, their tokens
///   have it as the audience: add `rules(|issuer| issuer.audience("https://orders.example.com"))`. Without this rule,
///   tokens with an audience are rejected.
///
/// Checked against Amazon's documentation, not tested with Amazon Cognito.
pub fn cognito<S: Into<String>>(
    user_pool: &str,
    client_ids: impl IntoIterator<Item = S>,
) -> RemoteIssuerBuilder {
    let client_ids: Vec<String> = client_ids.into_iter().map(Into::into).collect();
    let are_clients = are_texts(&client_ids);
    let (region, id) = user_pool.split_once('_').unwrap_or_default();
    let domain = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    let name = format!("https://cognito-idp.{region}.{domain}/{user_pool}");
    let keys = format!("{name}/.well-known/jwks.json");
    let builder = RemoteIssuer::jwks(name, keys).rules(move |issuer| {
        issuer
            .without_audience()
            .kind_claim("token_use", ["access"])
            .require_claim("client_id", client_ids.iter().map(String::as_str))
            .authorities([AuthorityClaim::new("scope"), AuthorityClaim::new("cognito:groups").prefix(GROUP)])
    });
    // https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_UserPoolType.html
    let is_region = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let is_pool = region.contains('-')
        && region.bytes().all(is_region)
        && user_pool.len() <= 55
        && !id.is_empty()
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let problem = "must have the id of a user pool: pass one such as eu-central-1_aBcDeFgHi";
    let builder = require(builder, is_pool, ("cognito", problem));
    require(builder, are_clients, ("cognito", CLIENTS))
}
