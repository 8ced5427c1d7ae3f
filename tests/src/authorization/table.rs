//! The table, written by hand.
//!
//! A row is a policy, the claims of a token, and the response. Claims that a row does not have are added: an access token
//! of Alice that expires in a minute. Without `iss`, the token is the manager's own. Otherwise, `iss` is the short name of
//! an issuer in `application.rs`. The time is 1893456000.

use std::borrow::Cow;

use super::expected::Expected::{
    self, Authority, Expired, Forbidden, Invalid, Login, Malformed, Missing, NotFresh, Passes,
    PassesWithoutToken, Revoked, Scope, Unavailable,
};
use super::policies::*;

/// A row of the table.
#[derive(Clone, Debug)]
pub struct Row {
    pub(super) policy: usize,
    /// The claims in JSON.
    pub(super) claims: Cow<'static, str>,
    /// The response.
    pub expected: Expected,
}

const NO_TOKEN: &str = "";

fn row(policy: usize, claims: impl Into<Cow<'static, str>>, expected: Expected) -> Row {
    Row { policy, claims: claims.into(), expected }
}

/// Ten thousand roles that no policy requires, and then this one.
fn many_roles(last: &str) -> String {
    let roles: Vec<String> = (0..10_000).map(|number| format!("\"{number:x}\"")).collect();
    format!(r#"{{"roles":[{},"{last}"]}}"#, roles.join(","))
}

/// Ten thousand scopes that no policy requires, and then this one.
fn many_scopes(last: &str) -> String {
    let scopes: Vec<String> = (0..10_000).map(|number| format!("{number:x}")).collect();
    format!(r#"{{"scope":"{} {last}"}}"#, scopes.join(" "))
}

/// A role of this many bytes, and then the role `staff`.
fn long_role(bytes: usize) -> String {
    format!(r#"{{"roles":["{}","staff"]}}"#, "staff".repeat(bytes / 5))
}

/// Returns the rows.
#[must_use]
#[rustfmt::skip::macros(vec)]
pub fn table() -> Vec<Row> {
    vec![
        // A scope: a string or a list of strings, compared exactly.
        row(READ, r#"{"scope":"read"}"#, Passes),
        row(READ, r#"{"scope":"write read"}"#, Passes),
        row(READ, r#"{"scope":"  read  "}"#, Passes),
        row(READ, r#"{"scope":["write","read"]}"#, Passes),
        row(READ, r#"{}"#, Scope("read")),
        row(READ, r#"{"scope":""}"#, Scope("read")),
        row(READ, r#"{"scope":"reader Read"}"#, Scope("read")),
        row(READ, r#"{"scope":"read,write"}"#, Scope("read")),
        row(READ, r#"{"scope":"write\tread\nread\u00a0read\u0000"}"#, Scope("read")),
        row(READ, r#"{"scope":"\u0072ead"}"#, Passes),
        row(READ, r#"{"scp":"read","permissions":["read"]}"#, Scope("read")),
        row(READ, r#"{"roles":["read"]}"#, Scope("read")),
        row(READ, many_scopes("read"), Passes),
        row(READ, many_scopes("write"), Scope("read")),

        // A scope of the wrong type.
        row(READ, r#"{"scope":5}"#, Scope("read")),
        row(READ, r#"{"scope":true}"#, Scope("read")),
        row(READ, r#"{"scope":null}"#, Scope("read")),
        row(READ, r#"{"scope":{"read":true}}"#, Scope("read")),
        row(READ, r#"{"scope":[]}"#, Scope("read")),
        row(READ, r#"{"scope":["write read"]}"#, Scope("read")),
        row(READ, r#"{"scope":[["read"],{"read":1},5,null]}"#, Scope("read")),
        row(READ, r#"{"scope":[5,null,"read"]}"#, Passes),

        // All of several scopes. The challenge has all of them, even those that the token has.
        row(READ_AND_WRITE, r#"{"scope":"write read"}"#, Passes),
        row(READ_AND_WRITE, r#"{"scope":"read"}"#, Scope("read write")),
        row(READ_AND_WRITE, r#"{"scope":"write"}"#, Scope("read write")),
        row(READ_AND_WRITE, r#"{}"#, Scope("read write")),

        // A role is never a scope, and a scope is never a role. No client can request a role, so the challenge lacks it.
        row(STAFF, r#"{"roles":["staff"]}"#, Passes),
        row(STAFF, r#"{"roles":["x","staff","y"]}"#, Passes),
        row(STAFF, r#"{"roles":"x staff"}"#, Passes),
        row(STAFF, r#"{}"#, Authority("")),
        row(STAFF, r#"{"roles":["Staff","staf","staffs"," staff"]}"#, Authority("")),
        row(STAFF, r#"{"roles":["role:staff"]}"#, Authority("")),
        row(STAFF, r#"{"scope":"role:staff staff"}"#, Authority("")),
        row(STAFF, r#"{"role":"staff","groups":["staff"]}"#, Authority("")),

        // Roles of the wrong type.
        row(STAFF, r#"{"roles":5}"#, Authority("")),
        row(STAFF, r#"{"roles":null}"#, Authority("")),
        row(STAFF, r#"{"roles":{"staff":{}}}"#, Authority("")),
        row(STAFF, r#"{"roles":[["staff"],5,null]}"#, Authority("")),
        row(STAFF, r#"{"roles":[["x"],5,null,"staff"]}"#, Passes),

        // Roles with unusual names, long ones, and many.
        row(UNUSUAL, r#"{"roles":["head of sales","élève"]}"#, Passes),
        row(UNUSUAL, r#"{"roles":["head of sales","\u00e9l\u00e8ve"]}"#, Passes),
        row(UNUSUAL, r#"{"roles":["head of sales","e\u0301le\u0300ve"]}"#, Authority("")),
        row(UNUSUAL, r#"{"roles":"head of sales élève"}"#, Authority("")),
        row(STAFF, r#"{"roles":["","\"staff\"","'staff'","\\staff"]}"#, Authority("")),
        row(STAFF, r#"{"roles":["staff\u0000","\u0000staff","staff\n","st\u0007aff","\u202estaff"]}"#, Authority("")),
        row(STAFF, r#"{"roles":["x\", error=\"","\r\nset-cookie: a=b","staff"]}"#, Passes),
        row(STAFF, r#"{"roles":["x\", error=\"","\r\nset-cookie: a=b"]}"#, Authority("")),
        row(STAFF, many_roles("staff"), Passes),
        row(STAFF, many_roles("admin"), Authority("")),
        row(STAFF, long_role(60_000), Passes),
        row(ADMIN_OR_OWNER, long_role(60_000), Authority("")),
        row(STAFF, long_role(75_000), Invalid("Token is too large")),

        // All of several roles.
        row(STAFF_AND_BUYER, r#"{"roles":["buyer","staff"]}"#, Passes),
        row(STAFF_AND_BUYER, r#"{"roles":["staff"]}"#, Authority("")),
        row(STAFF_AND_BUYER, r#"{"roles":["staff buyer"]}"#, Authority("")),

        // One of several. The challenge has the first scope.
        row(ORDERS, r#"{"scope":"orders:write"}"#, Passes),
        row(ORDERS, r#"{"roles":["admin"]}"#, Passes),
        row(ORDERS, r#"{"scope":"x","roles":["admin","y"]}"#, Passes),
        row(ORDERS, r#"{"scope":"admin orders"}"#, Scope("orders:write")),
        row(ORDERS, r#"{"scope":"orders:*"}"#, Scope("orders:write")),
        row(ADMIN_OR_OWNER, r#"{"roles":["owner"]}"#, Passes),
        row(ADMIN_OR_OWNER, r#"{"roles":["staff"],"scope":"admin owner"}"#, Authority("")),
        row(ADMIN_OR_OWNER, many_roles("owner"), Passes),
        row(TWO_CHOICES, r#"{"scope":"b e"}"#, Passes),
        row(TWO_CHOICES, r#"{"scope":"a","roles":["c"]}"#, Passes),
        row(TWO_CHOICES, r#"{"scope":"a b"}"#, Scope("a d")),
        row(TWO_CHOICES, r#"{"scope":"d e","roles":["c"]}"#, Scope("a d")),

        // All of several, and one of several. One challenge has everything.
        row(MIXED, r#"{"scope":"read orders:write","roles":["staff"]}"#, Passes),
        row(MIXED, r#"{"scope":"read","roles":["admin","staff"]}"#, Passes),
        row(MIXED, r#"{}"#, Authority("read orders:write")),
        row(MIXED, r#"{"scope":"read","roles":["staff"]}"#, Authority("read orders:write")),
        row(MIXED, r#"{"scope":"read orders:write"}"#, Authority("read orders:write")),
        row(MIXED, r#"{"scope":"orders:write","roles":["staff"]}"#, Authority("read orders:write")),

        // The table of authorities that include others.
        row(READ_AND_WRITE, r#"{"scope":"editor"}"#, Passes),
        row(LOG, r#"{"scope":"log"}"#, Passes),
        row(LOG, r#"{"scope":"audit"}"#, Passes),
        row(LOG, r#"{"roles":["auditor"]}"#, Passes),
        row(LOG, many_roles("auditor"), Passes),
        row(LOG, r#"{"scope":"auditor role:auditor"}"#, Scope("log")),
        row(LOG, r#"{"roles":["audit","log"]}"#, Scope("log")),

        // The matcher. It does not combine with the table.
        row(BERLIN, r#"{"roles":["shop/berlin"]}"#, Passes),
        row(BERLIN, r#"{"roles":["shop/*"]}"#, Passes),
        row(BERLIN, many_roles("shop/*"), Passes),
        row(BERLIN, r#"{"scope":"role:shop/* shop/*"}"#, Authority("")),
        row(BERLIN, r#"{"roles":["shop/paris","shop/","shop/berlin/*","*"]}"#, Authority("")),
        row(BERLIN, r#"{"roles":["chain"]}"#, Authority("")),

        // How the user logged in (RFC 9470).
        row(STRONG, r#"{"acr":"phr"}"#, Passes),
        row(STRONG, r#"{"acr":"pwd"}"#, Login(r#"acr_values="phrh phr""#)),
        row(STRONG, r#"{"acr":"PHR"}"#, Login(r#"acr_values="phrh phr""#)),
        row(STRONG, r#"{"acr":"phrh phr"}"#, Login(r#"acr_values="phrh phr""#)),
        row(STRONG, r#"{"acr":["phr"]}"#, Login(r#"acr_values="phrh phr""#)),
        row(STRONG, r#"{"acr":null}"#, Login(r#"acr_values="phrh phr""#)),
        row(STRONG, r#"{}"#, Login(r#"acr_values="phrh phr""#)),
        row(RECENT, r#"{"auth_time":1893455940}"#, Passes),
        row(RECENT, r#"{"auth_time":1893455940.5}"#, Passes),
        row(RECENT, r#"{"auth_time":1893455939}"#, Login(r#"max_age="60""#)),
        row(RECENT, r#"{"auth_time":1893456060}"#, Login(r#"max_age="60""#)),
        row(RECENT, r#"{"auth_time":"1893455990"}"#, Login(r#"max_age="60""#)),
        row(RECENT, r#"{"auth_time":-1}"#, Login(r#"max_age="60""#)),
        row(RECENT, r#"{"auth_time":1e300}"#, Login(r#"max_age="60""#)),
        row(RECENT, r#"{}"#, Login(r#"max_age="60""#)),
        row(STRONG_RECENT_READ, r#"{"acr":"phr","auth_time":1893455990,"scope":"read"}"#, Passes),
        row(STRONG_RECENT_READ, r#"{"acr":"phr","auth_time":1893455990}"#, Scope("read")),
        row(STRONG_RECENT_READ, r#"{"acr":"phr","scope":"read"}"#, Login(r#"acr_values="phr", max_age="60""#)),
        row(STRONG_RECENT_READ, r#"{"auth_time":1893455990}"#, Login(r#"acr_values="phr", max_age="60""#)),

        // Freshness is checked before scopes, and together with the login.
        row(FRESH_READ, r#"{"fresh":true,"scope":"read"}"#, Passes),
        row(FRESH_READ, r#"{"fresh":1893456001,"scope":"read"}"#, Passes),
        row(FRESH_READ, r#"{"fresh":1893455999,"scope":"read"}"#, NotFresh),
        row(FRESH_READ, r#"{"fresh":true}"#, Scope("read")),
        row(FRESH_READ, r#"{"fresh":false,"scope":"read"}"#, NotFresh),
        row(FRESH_READ, r#"{}"#, NotFresh),
        row(FRESH_STRONG, r#"{"acr":"phr","fresh":true}"#, Passes),
        row(FRESH_STRONG, r#"{"acr":"phr"}"#, Login(r#"acr_values="phr""#)),

        // Optional tokens. A token that is sent has to be good.
        row(OPTIONAL, NO_TOKEN, PassesWithoutToken),
        row(OPTIONAL, r#"{}"#, Passes),
        row(OPTIONAL, r#"{"exp":1893455999}"#, Expired),
        row(OPTIONAL_READ, NO_TOKEN, PassesWithoutToken),
        row(OPTIONAL_READ, r#"{"scope":"read"}"#, Passes),
        row(OPTIONAL_READ, r#"{"scope":"x"}"#, Scope("read")),
        row(OPTIONAL_READ, r#"{"type":"refresh","scope":"read"}"#, Invalid("Only non-refresh tokens are allowed")),
        row(OPTIONAL_STRONG, NO_TOKEN, PassesWithoutToken),
        row(OPTIONAL_STRONG, r#"{"acr":"pwd"}"#, Login(r#"acr_values="phr""#)),

        // Refresh tokens.
        row(REFRESH_READ, r#"{"type":"refresh","scope":"read"}"#, Passes),
        row(REFRESH_READ, r#"{"type":"refresh"}"#, Scope("read")),
        row(REFRESH_READ, r#"{"scope":"read"}"#, Invalid("Only refresh tokens are allowed")),
        row(ANY_READ, r#"{"type":"refresh","scope":"read"}"#, Passes),
        row(ANY_READ, r#"{"type":"access"}"#, Scope("read")),
        row(STAFF, r#"{"type":"refresh","roles":["staff"]}"#, Invalid("Only non-refresh tokens are allowed")),

        // Authorities are checked last.
        row(READ, NO_TOKEN, Missing),
        row(STAFF, NO_TOKEN, Missing),
        row(STRONG_RECENT_READ, NO_TOKEN, Missing),
        row(FRESH_READ, NO_TOKEN, Missing),
        row(READ, r#"{"exp":1893455999,"scope":"read"}"#, Expired),
        row(STAFF, r#"{"exp":1893455999}"#, Expired),
        row(STRONG, r#"{"exp":1893455999}"#, Expired),
        row(STAFF, r#"{"jti":"revoked"}"#, Revoked),
        row(STAFF, r#"{"jti":"revoked","roles":["staff"]}"#, Revoked),
        row(READ, r#"{"nbf":1893456060,"scope":"read"}"#, Invalid("The token is not yet valid (nbf)")),

        // Issuers whose claims are mapped in their own way. The mapping of one does not apply to the tokens of another.
        row(PARTNER_STAFF, r#"{"iss":"partner","groups":["staff"],"scp":["read"]}"#, Passes),
        row(PARTNER_STAFF, r#"{"iss":"partner","roles":["staff"],"scp":["read"]}"#, Authority("read")),
        row(PARTNER_STAFF, r#"{"iss":"partner","groups":["staff"],"scope":"read"}"#, Authority("read")),
        row(PARTNER_STAFF, r#"{"roles":["staff"],"scope":"read"}"#, Passes),
        row(PARTNER_STAFF, r#"{"groups":["staff"],"scp":["read"]}"#, Authority("read")),
        row(PARTNER_STAFF, r#"{"iss":"keycloak","groups":["staff"],"scope":"read"}"#, Invalid("Invalid issuer")),
        row(STAFF, r#"{"iss":"partner","groups":["staff"]}"#, Invalid("Invalid issuer")),

        // Keycloak: roles of the realm and of the API, which is `orders`. Those of other clients do not count.
        row(
            KEYCLOAK_EDITOR,
            r#"{"iss":"keycloak","realm_access":{"roles":["staff"]},"resource_access":{"orders":{"roles":["editor"]}}}"#,
            Passes,
        ),
        row(
            KEYCLOAK_EDITOR,
            r#"{"iss":"keycloak","realm_access":{"roles":["staff"]},"resource_access":{"billing":{"roles":["editor"]}}}"#,
            Authority(""),
        ),
        row(KEYCLOAK_EDITOR, r#"{"iss":"keycloak","realm_access":{"roles":["staff","editor"]}}"#, Passes),
        row(KEYCLOAK_EDITOR, r#"{"iss":"keycloak","realm_access.roles":["staff","editor"]}"#, Authority("")),
        row(KEYCLOAK_EDITOR, r#"{"iss":"keycloak","realm_access":["staff","editor"]}"#, Authority("")),
        row(KEYCLOAK_EDITOR, r#"{"iss":"keycloak","groups":["staff","editor"],"roles":["staff","editor"]}"#, Authority("")),
        row(
            KEYCLOAK_EDITOR,
            r#"{"iss":"keycloak","typ":"Refresh","realm_access":{"roles":["staff","editor"]}}"#,
            Invalid("Only non-refresh tokens are allowed"),
        ),

        // A rule of the application sees the request, and what it requires is part of the same challenge.
        row(OWN_RULE, r#"{"scope":"read"}"#, Passes),
        row(OWN_RULE, r#"{"scope":"read","rule":"no"}"#, Forbidden),
        row(OWN_RULE, r#"{"scope":"write","rule":"no"}"#, Scope("read")),
        row(OWN_RULE, r#"{"scope":"read","rule":"write"}"#, Scope("read write")),
        row(OWN_RULE, r#"{"scope":"write","rule":"write"}"#, Scope("read write")),
        row(OWN_RULE, r#"{"scope":"read write","rule":"write"}"#, Passes),
        row(OWN_RULE, r#"{"scope":"read","roles":["write"],"rule":"write"}"#, Scope("read write")),
        row(OWN_RULE, r#"{"scope":"read","rule":"staff"}"#, Authority("read")),
        row(OWN_RULE, r#"{"scope":"read role:staff","rule":"staff"}"#, Authority("read")),
        row(OWN_RULE, r#"{"scope":"read","roles":["staff"],"rule":"staff"}"#, Passes),
        row(OWN_RULE, r#"{"scope":"read","rule":"later"}"#, Passes),
        row(OWN_RULE, r#"{"scope":"read","rule":"never"}"#, Forbidden),
        row(OWN_RULE, r#"{"scope":"read","rule":"down"}"#, Unavailable),
        row(OWN_RULE, r#"{"scope":"read","rule":"malformed"}"#, Malformed),
        row(OWN_RULE, r#"{"scope":"read","rule":"no","exp":1893455999}"#, Expired),
        row(OWN_RULE, NO_TOKEN, Missing),

        // Auth0: permissions are not scopes.
        row(AUTH0_REFUND, r#"{"iss":"auth0","scope":"openid orders:read","permissions":["orders:refund"]}"#, Passes),
        row(AUTH0_REFUND, r#"{"iss":"auth0","scope":"orders:read orders:refund"}"#, Authority("orders:read")),
        row(AUTH0_REFUND, r#"{"iss":"auth0","permissions":["orders:read","orders:refund"]}"#, Authority("orders:read")),
        row(
            AUTH0_REFUND,
            r#"{"iss":"auth0","scope":"orders:read permission:orders:refund"}"#,
            Authority("orders:read"),
        ),

        // Entra: scopes of users in `scp`, and roles of applications in `roles`.
        row(ENTRA_READ, r#"{"iss":"entra","scp":"Orders.Write Orders.Read"}"#, Passes),
        row(ENTRA_READ, r#"{"iss":"entra","roles":["Orders.Read.All"]}"#, Passes),
        row(ENTRA_READ, r#"{"iss":"entra","scp":"Orders.Read.All","roles":["Orders.Read"]}"#, Scope("Orders.Read")),
        row(ENTRA_READ, r#"{"iss":"entra","scope":"Orders.Read"}"#, Scope("Orders.Read")),

        // Cognito: groups in a claim whose name has a colon.
        row(COGNITO_WAREHOUSE, r#"{"iss":"cognito","scope":"orders/read","cognito:groups":["warehouse"]}"#, Passes),
        row(COGNITO_WAREHOUSE, r#"{"iss":"cognito","scope":"orders/read","groups":["warehouse"]}"#, Authority("orders/read")),
        row(COGNITO_WAREHOUSE, r#"{"iss":"cognito","cognito:groups":["warehouse"]}"#, Authority("orders/read")),
        row(
            COGNITO_WAREHOUSE,
            r#"{"iss":"cognito","token_use":"id","scope":"orders/read","cognito:groups":["warehouse"]}"#,
            Invalid("Only non-refresh tokens are allowed"),
        ),

        // The same role of any issuer.
        row(STAFF_OF_ANY, r#"{"roles":["staff"]}"#, Passes),
        row(STAFF_OF_ANY, r#"{"iss":"partner","groups":["staff"]}"#, Passes),
        row(STAFF_OF_ANY, r#"{"iss":"keycloak","realm_access":{"roles":["staff"]}}"#, Passes),
        row(STAFF_OF_ANY, r#"{"iss":"entra","roles":["staff"]}"#, Passes),
        row(STAFF_OF_ANY, r#"{"iss":"auth0","roles":["staff"],"permissions":["staff"]}"#, Authority("")),
        row(STAFF_OF_ANY, r#"{"iss":"cognito","cognito:groups":["staff"]}"#, Authority("")),
    ]
}
