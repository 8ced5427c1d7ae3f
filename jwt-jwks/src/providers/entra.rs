use jwt_core::{AuthorityClaim, Issuer};

use super::{GROUP, ROLE, require};
use crate::{RemoteIssuer, RemoteIssuerBuilder};

/// The fixed address of the keys that sign the tokens of all tenants.
const KEYS_OF_ALL_TENANTS: &str = "https://login.microsoftonline.com/common/discovery/v2.0/keys";

/// Accepts access tokens of version 2.0 of a tenant of Microsoft Entra ID.
///
/// `tenant` is the tenant's id, a GUID. A domain does not work, because it is not in the `iss` of tokens. `client_id` is
/// the application id of your API. Set `requestedAccessTokenVersion` to 2 in the manifest of the API; otherwise, its
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
/// | required | the tenant, the API as the audience, `exp`, `sub`, `azp`, and version 2.0 in `ver` |
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
/// Checked against Microsoft's documentation, not tested with Microsoft Entra ID.
pub fn entra(tenant: &str, client_id: &str) -> RemoteIssuerBuilder {
    let tenant = tenant.to_ascii_lowercase();
    let name = format!("https://login.microsoftonline.com/{tenant}/v2.0");
    let builder = RemoteIssuer::discover(name).rules(rules(client_id));
    let problem = "must have the tenant's id, such as 8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60: copy it from the tenant's \
                   overview";
    require(builder, is_lower_guid(&tenant), ("entra", problem))
}

/// Accepts access tokens of version 2.0 of several tenants of Microsoft Entra ID.
///
/// `accepts` decides for each id of a tenant whether its tokens are accepted. It runs before the signature is checked,
/// so an attacker can choose the id. Compare it with your customers' tenants. `client_id` is the application id of your
/// API.
///
/// ```no_run
/// use jwt_core::{Config, JwtManager};
/// use jwt_jwks::providers;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let customers = ["8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60", "0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9"];
/// let api = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
/// let login = providers::entra_tenants(api, move |tenant| customers.contains(&tenant)).build()?;
/// let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
/// # Ok(())
/// # }
/// ```
///
/// The other rules are those of [`entra`]. A customer's administrators assign the roles of your API to their users.
/// `role:admin` therefore means an admin of that customer: compare the tenant in `iss` too. Identities are unique within
/// one `iss`.
///
/// All tenants share one set of keys. Its address is fixed, and nothing in a token changes it. Keys that
/// name a single tenant as their `issuer` are skipped, so a key for personal accounts never verifies the tokens of a
/// company. To accept personal accounts too, add [`entra`] with their tenant, `9188040d-6c67-4c5b-b112-36a304b66dad`.
pub fn entra_tenants(
    client_id: &str,
    accepts: impl Fn(&str) -> bool + Send + Sync + 'static,
) -> RemoteIssuerBuilder {
    let template = "https://login.microsoftonline.com/{tenant}/v2.0";
    let accepts = move |tenant: &str| is_lower_guid(tenant) && accepts(tenant);
    RemoteIssuer::tenants(template, KEYS_OF_ALL_TENANTS, accepts).rules(rules(client_id))
}

fn rules(client_id: &str) -> impl Fn(Issuer) -> Issuer + Send + Sync + 'static {
    let client_id = client_id.to_owned();
    move |issuer| {
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
    }
}

/// Whether a text is a GUID in the spelling that tokens have.
fn is_lower_guid(text: &str) -> bool {
    let is_right = |(place, byte): (usize, u8)| match place {
        8 | 13 | 18 | 23 => byte == b'-',
        _ => matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
    };
    text.len() == 36 && text.bytes().enumerate().all(is_right)
}
