//! Tokens of Keycloak.

use serde_json::{Value, json};

use super::Shape;

/// Returns an access token of a user. `issuer` is the address of the realm, and `audience` a client that a mapper added
/// to the audience.
///
/// The user has the realm role `staff`, the role `editor` of the audience, and the role `admin` of another client.
pub fn access_token(issuer: &str, audience: &str, client: &str) -> Shape {
    let mut resource_access = json!({
        "account": {"roles": ["manage-account", "view-profile"]},
        "billing": {"roles": ["admin"]},
    });
    if let Value::Object(clients) = &mut resource_access {
        clients.insert(audience.to_owned(), json!({"roles": ["editor"]}));
    }
    let claims = json!({
        "jti": "onrtac:3f0ad3f2-7c1c-4c8f-9d5a-7a6f7a4d1c11",
        "iss": issuer,
        "aud": [audience, "account"],
        "sub": "7cb1f3a0-5a3e-4d43-9f65-1f0b8a3a6d1e",
        "typ": "Bearer",
        "azp": client,
        "sid": "4c1de4a2-2ad2-4b39-90b3-0d8a0b9ef5c4",
        "acr": "1",
        "allowed-origins": ["https://shop.example.com"],
        "realm_access": {"roles": ["offline_access", "staff", "uma_authorization"]},
        "resource_access": resource_access,
        "scope": "openid orders:read orders:write profile",
        "groups": ["/warehouse"],
        "email_verified": true,
        "preferred_username": "alice",
    });
    Shape::new(json!({"typ": "JWT"}), claims, 300).time_claim("auth_time", 60)
}

/// Returns an access token of a client with a service account, as the client credentials grant issues it.
pub fn machine_token(issuer: &str, audience: &str, client: &str) -> Shape {
    access_token(issuer, audience, client)
        .claim("sub", "0b1b2f5f-2d3a-45f6-8c69-95a3d1b0c2aa")
        .claim("client_id", client)
        .claim("preferred_username", format!("service-account-{client}"))
        .claim("scope", "orders:read")
        .without("auth_time")
        .without("sid")
}

/// Returns the ID token for a client.
pub fn id_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "jti": "6f2f2f5e-1c54-4d9b-8f0e-2b5b7f6c3d21",
        "iss": issuer,
        "aud": client,
        "sub": "7cb1f3a0-5a3e-4d43-9f65-1f0b8a3a6d1e",
        "typ": "ID",
        "azp": client,
        "nonce": "f3a9c1d7",
        "sid": "4c1de4a2-2ad2-4b39-90b3-0d8a0b9ef5c4",
        "at_hash": "oIDsdgVJ5bFlqJ0_aLJYyQ",
        "acr": "1",
        "email_verified": true,
        "preferred_username": "alice",
    });
    Shape::new(json!({"typ": "JWT"}), claims, 300).time_claim("auth_time", 60)
}

/// Returns a refresh token. Its audience is the realm. Keycloak signs it with HS512 and a secret of its own.
pub fn refresh_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "jti": "1a0b6a64-6a1c-4b4b-8f2a-7f2bd1a8c3f0",
        "iss": issuer,
        "aud": issuer,
        "sub": "7cb1f3a0-5a3e-4d43-9f65-1f0b8a3a6d1e",
        "typ": "Refresh",
        "azp": client,
        "sid": "4c1de4a2-2ad2-4b39-90b3-0d8a0b9ef5c4",
        "scope": "openid orders:read orders:write profile",
    });
    Shape::new(json!({"typ": "JWT"}), claims, 1800)
}

/// Returns the token of a back-channel logout.
pub fn logout_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "jti": "8b1d2f37-5f4f-4e49-9c62-c2d3f0a4b5e6",
        "iss": issuer,
        "aud": client,
        "sub": "7cb1f3a0-5a3e-4d43-9f65-1f0b8a3a6d1e",
        "typ": "Logout",
        "sid": "4c1de4a2-2ad2-4b39-90b3-0d8a0b9ef5c4",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    Shape::new(json!({"typ": "logout+jwt"}), claims, 120)
}
