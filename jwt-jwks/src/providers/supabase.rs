use jwt_core::AuthorityClaim;

use super::{CLIENTS, ROLE, are_texts, is_host, require, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts access tokens of users of a Supabase project with JWT signing keys.
///
/// `project` is the address of the project, such as `https://abcdefghijklmnopqrst.supabase.co`, or its custom domain. It
/// does not have the path `/auth/v1`, which `iss` has.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::supabase("https://abcdefghijklmnopqrst.supabase.co").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://abcdefghijklmnopqrst.supabase.co/auth/v1",
///   "aud": "authenticated",
///   "sub": "9b2d6c1e-4f3a-4b5c-8d7e-6f5a4b3c2d1e",
///   "role": "authenticated",
///   "session_id": "123e4567-e89b-12d3-a456-426614174000",
///   "is_anonymous": false,
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the project, `authenticated` as the audience, `exp`, `sub`, `role`, and `session_id` |
/// | kind | the API keys of a project, for `anon` and `service_role`, have a different issuer. ID tokens have the id of a client as their audience |
/// | client | tokens that an [OAuth client][oauth] obtained for a user have the same claims, and `client_id`. They are rejected. See [`supabase_clients`] |
/// | identity | `sub` |
/// | authorities | `role` as `role:`, which is the role in the database, such as `role:authenticated` |
///
/// For roles of your own, add a claim with an access token hook, and map it:
/// `AuthorityClaim::new("user_role").prefix("role:")`. `app_metadata` is usable too, because only the server can write
/// it. Never map `user_metadata`, which users can change themselves.
///
/// # What it can't tell apart
///
/// - Anonymous users from others: both have the role `authenticated`. Check `is_anonymous`.
/// - Users that signed in with one factor or with two. Add `require_claim("aal", ["aal2"])`.
///
/// # The legacy secret
///
/// A project that still signs with its JWT secret (HS256) has no key for it in the set. Add it, until the last of these
/// tokens has expired:
///
/// ```no_run
/// use jwt_core::Algorithm;
/// use jwt_core::keys::VerifyingKey;
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let secret = std::env::var("SUPABASE_JWT_SECRET")?;
/// let legacy = VerifyingKey::from_secret(Algorithm::HS256, secret)?;
/// let login = providers::supabase("https://abcdefghijklmnopqrst.supabase.co").add_key(legacy).build()?;
/// # Ok(())
/// # }
/// ```
///
/// Checked against Supabase's documentation and source code, not tested with Supabase.
///
/// [oauth]: https://supabase.com/docs/guides/auth/oauth-server/token-security
pub fn supabase(project: &str) -> RemoteIssuerBuilder {
    sessions(project, "supabase").rules(|issuer| issuer.forbid_claim("client_id"))
}

/// Accepts access tokens of users of a Supabase project, also those that these OAuth clients obtained for them.
///
/// With its OAuth server, a project lets other applications act for its users. A token of such a client has the user's
/// `sub` and the role `authenticated`, like one of your own pages. Its scopes [do not limit it][oauth]: Supabase leaves
/// it to you what a client may do. `client_ids` are the clients whose tokens you accept; the token has the client in
/// `client_id`. The other rules are those of [`supabase`](supabase()).
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let project = "https://abcdefghijklmnopqrst.supabase.co";
/// let login = providers::supabase_clients(project, ["9a8b7c6d-5e4f-3a2b-1c0d-9e8f7a6b5c4d"]).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// [oauth]: https://supabase.com/docs/guides/auth/oauth-server/token-security
pub fn supabase_clients<S: Into<String>>(
    project: &str,
    client_ids: impl IntoIterator<Item = S>,
) -> RemoteIssuerBuilder {
    let client_ids: Vec<String> = client_ids.into_iter().map(Into::into).collect();
    let are_clients = are_texts(&client_ids);
    let builder = sessions(project, "supabase_clients")
        .rules(move |issuer| issuer.restrict_claim("client_id", client_ids.iter().map(String::as_str)));
    require(builder, are_clients, ("supabase_clients", CLIENTS))
}

/// The rules for the tokens of users.
fn sessions(project: &str, function: &'static str) -> RemoteIssuerBuilder {
    let name = format!("{}/auth/v1", without_slash(project).to_ascii_lowercase());
    let keys = format!("{name}/.well-known/jwks.json");
    let builder = RemoteIssuer::jwks(name, keys).rules(|issuer| {
        issuer
            .audience("authenticated")
            .audience_alone()
            .required_claims(["role", "session_id"])
            .authorities([AuthorityClaim::new("role").prefix(ROLE)])
    });
    let problem = "must have the address of a project, without a path: pass one such as \
                   https://abcdefghijklmnopqrst.supabase.co";
    require(builder, is_host(project), (function, problem))
}
