use jwt_core::AuthorityClaim;

use super::{ROLE, is_host, is_text, require, without_slash};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// Accepts access tokens of a Zitadel instance for a project.
///
/// `issuer` is the address of the instance, such as `https://example-a1b2c3.zitadel.cloud`. `project` is the id of the
/// project of your API. Set the token type of the clients to JWT, because the default is opaque.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let login = providers::zitadel("https://example-a1b2c3.zitadel.cloud", "178204173316174381").build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "iss": "https://example-a1b2c3.zitadel.cloud",
///   "sub": "178207346583306755",
///   "aud": ["178204173316240000", "178204173316174381"],
///   "client_id": "178204173316240000",
///   "jti": "at_178213165786308097",
///   "urn:zitadel:iam:org:project:178204173316174381:roles": {
///     "editor": {"178204173316170000": "example.com"}
///   },
///   "exp": 1798801500
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the instance, the project as an audience, `exp`, `sub`, and `jti` |
/// | kind | ID tokens have the same audiences. They do not have `jti`, and most of them have `at_hash` or `nonce`, so they are rejected |
/// | identity | `sub`, also for service accounts |
/// | authorities | the roles in this project as `role:`. They are the keys of `urn:zitadel:iam:org:project:` + the project + `:roles` |
///
/// Access tokens of this format do not have scopes. Clients outside of the project request the scopes
/// `urn:zitadel:iam:org:project:id:` + the project + `:aud` and `urn:zitadel:iam:org:projects:roles`.
///
/// The claim `urn:zitadel:iam:org:project:roles` adds nothing. It has the roles in the project of the client, which can
/// be a different one from yours.
///
/// # What it can't tell apart
///
/// - The organizations that grant a role. If organizations outside of yours have a grant for your project, check the
///   ids inside of the claim too.
///
/// Checked against Zitadel's documentation and source code, not tested with Zitadel.
pub fn zitadel(issuer: &str, project: &str) -> RemoteIssuerBuilder {
    let (is_instance, is_project) = (is_host(issuer), is_text(project));
    let project = project.to_owned();
    let builder = RemoteIssuer::discover(without_slash(issuer)).rules(move |issuer| {
        let roles = format!("urn:zitadel:iam:org:project:{project}:roles");
        issuer
            .audience(project.as_str())
            .audience_alone()
            .required_claims(["jti"])
            .authorities([AuthorityClaim::new(roles).member_names().prefix(ROLE)])
    });
    let instance = "must have the address of an instance, without a path: pass one such as \
                    https://example-a1b2c3.zitadel.cloud";
    let project = "must have the id of a project: pass one such as 178204173316174381";
    let builder = require(builder, is_instance, ("zitadel", instance));
    require(builder, is_project, ("zitadel", project))
}
