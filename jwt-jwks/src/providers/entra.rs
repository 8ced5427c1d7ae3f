use jwt_core::AuthorityClaim;

use super::{GROUP, ROLE, require};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// The fixed address of the keys that sign the tokens of all tenants.
const KEYS_OF_ALL_TENANTS: &str = "https://login.microsoftonline.com/common/discovery/v2.0/keys";

/// Accepts access tokens of version 2.0 of a tenant of Microsoft Entra ID.
///
/// `tenant` is the tenant's id, a GUID. A domain does not work, because it is not in the `iss` of tokens. `client_id` is
/// the application id of your API, also a GUID. In tokens of version 2.0, the audience is [always this id][claims], not
/// the address of the API. Set `requestedAccessTokenVersion` to 2 in the manifest of the API; otherwise, its
/// tokens have version 1.0 and a different issuer.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (tenant, api) = ("8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60", "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b");
/// let login = providers::entra(tenant, api).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// A token that it accepts:
///
/// ```json
/// {
///   "aud": "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b",
///   "iss": "https://login.microsoftonline.com/8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60/v2.0",
///   "azp": "2c3d4e5f-6a7b-4c8d-9e0f-1a2b3c4d5e6f",
///   "oid": "9d1d3a5c-0f2b-4c6a-8d7e-1a2b3c4d5e6f",
///   "roles": ["Orders.Approve"],
///   "scp": "Orders.Read Orders.Write",
///   "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
///   "tid": "8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60",
///   "ver": "2.0",
///   "exp": 1798761900
/// }
/// ```
///
/// | | |
/// | --- | --- |
/// | required | the tenant, the API as the audience, `exp`, `sub`, `azp`, and version 2.0 in `ver`. `tid`, if the token has it, must be the tenant |
/// | kind | ID tokens do not have `azp`, so they are rejected, also if a client and the API are the same application |
/// | identity | `sub`, which is different for each API. For an id that is the same in all applications, add `identity_claims(["oid"])` |
/// | authorities | `scp`, which has short names without the address of the API; `roles` as `role:`; `groups` as `group:` |
///
/// # What it can't tell apart
///
/// - Users and applications. An application's token has no `scp`, and its `roles` are those that an administrator
///   granted to the application. Use different names for the roles of users and of applications.
/// - A user with more than 200 groups has no `groups` claim, and thus no `group:` authorities. Use application roles.
///
/// An application that gets a token for your API does not need any of its permissions, unless you require an assignment.
/// Always require a scope or a role.
///
/// # Other clouds
///
/// The preset is for the global cloud, `login.microsoftonline.com`. The [national clouds][clouds] have the same tokens
/// with a different host in `iss`: `login.microsoftonline.us` for the US government, and `login.partner.microsoftonline.cn`
/// for China. Tenants of External ID have a host at `ciamlogin.com`. For these, write down the rules, with the `issuer`
/// in the discovery document of your tenant:
///
/// ```no_run
/// use jwt_core::AuthorityClaim;
/// use jwt_jwks::RemoteIssuer;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let tenant = "https://login.microsoftonline.us/8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60/v2.0";
/// let login = RemoteIssuer::discover(tenant)
///     .rules(|issuer| {
///         issuer
///             .audience("1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b")
///             .audience_alone()
///             .require_claim("ver", ["2.0"])
///             .required_claims(["azp"])
///             .authorities([AuthorityClaim::new("scp"), AuthorityClaim::new("roles").prefix("role:")])
///     })
///     .build()?;
/// # Ok(())
/// # }
/// ```
///
/// The tokens of Azure AD B2C have different claims, which depend on the policy. Look at one before you write the rules.
///
/// Checked against Microsoft's documentation, not tested with Microsoft Entra ID.
///
/// [claims]: https://learn.microsoft.com/en-us/entra/identity-platform/access-token-claims-reference
/// [clouds]: https://learn.microsoft.com/en-us/entra/identity-platform/authentication-national-cloud
pub fn entra(tenant: &str, client_id: &str) -> RemoteIssuerBuilder {
    let tenant = tenant.to_ascii_lowercase();
    let name = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let builder = RemoteIssuer::discover(name);
    let problem = "must have the tenant's id, such as 8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60: copy it from the tenant's \
                   overview";
    let builder = require(builder, is_lower_guid(&tenant), ("entra", problem));
    let builder = with_rules(builder, client_id, "entra");
    builder.rules(move |issuer| issuer.restrict_claim("tid", [tenant.as_str()]))
}

/// Accepts access tokens of version 2.0 of several tenants of Microsoft Entra ID.
///
/// `accepts` decides for each id of a tenant whether its tokens are accepted. It runs before the signature is checked,
/// so an attacker can choose the id. Compare it with your customers' tenants, which are GUIDs in small letters.
/// `client_id` is the application id of your API.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let customers = ["8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60", "0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9"];
/// let api = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
/// let login = providers::entra_tenants(move |tenant| customers.contains(&tenant), api).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// The other rules are those of [`entra`]. A customer's administrators assign the roles of your API to their users.
/// `role:admin` therefore means an admin of that customer: compare the tenant in
/// [`Token::issuer`](jwt_core::Token::issuer) too. Identities are unique within one `iss`.
///
/// All tenants share one set of keys. Its address is fixed, and nothing in a token changes it. Keys that name a single
/// tenant as their `issuer` are skipped, so a key for personal accounts never verifies the tokens of a company. To accept personal accounts too, add [`entra`] with their tenant, `9188040d-6c67-4c5b-b112-36a304b66dad`.
pub fn entra_tenants(
    accepts: impl Fn(&str) -> bool + Send + Sync + 'static,
    client_id: &str,
) -> RemoteIssuerBuilder {
    let template = "https://login.microsoftonline.com/{tenant}/v2.0";
    let accepts = move |tenant: &str| is_lower_guid(tenant) && accepts(tenant);
    let builder = RemoteIssuer::tenants(template, KEYS_OF_ALL_TENANTS, accepts);
    with_rules(builder, client_id, "entra_tenants")
}

fn with_rules(builder: RemoteIssuerBuilder, client_id: &str, function: &'static str) -> RemoteIssuerBuilder {
    // The portal shows GUIDs in small letters, other tools in large ones.
    let client_id = client_id.to_ascii_lowercase();
    let problem = "must have the application id of your API, such as 1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b: copy it from \
                   the overview of the registration";
    let builder = require(builder, is_lower_guid(&client_id), (function, problem));
    builder.rules(move |issuer| {
        issuer
            .audience(client_id.as_str())
            .audience_alone()
            .require_claim("ver", ["2.0"])
            .required_claims(["azp"])
            .authorities([
                AuthorityClaim::new("scp"),
                AuthorityClaim::new("roles").prefix(ROLE),
                AuthorityClaim::new("groups").prefix(GROUP),
            ])
    })
}

/// Whether a text is a GUID in the spelling that tokens have.
fn is_lower_guid(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}
