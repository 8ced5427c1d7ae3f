//! Tokens of Auth0.

use serde_json::json;

use super::Shape;

/// Returns an access token of a user, in the Auth0 profile. `issuer` ends with a slash, and `audience` is the identifier
/// of the API.
pub fn access_token(issuer: &str, audience: &str, client: &str) -> Shape {
    let claims = json!({
        "iss": issuer,
        "sub": "auth0|65f0c1d2e3f4a5b6c7d8e9f0",
        "aud": [audience, format!("{issuer}userinfo")],
        "azp": client,
        "scope": "openid profile orders:read",
        "permissions": ["orders:read", "orders:refund"],
    });
    Shape::new(json!({"typ": "JWT"}), claims, 86_400)
}

/// Returns an access token of a user, in the RFC 9068 profile.
pub fn rfc9068_token(issuer: &str, audience: &str, client: &str) -> Shape {
    access_token(issuer, audience, client)
        .header_parameter("typ", "at+jwt")
        .without("azp")
        .claim("client_id", client)
        .claim("jti", "73WakrfVbNJBaAmhQtEeDv")
}

/// Returns an access token of a machine, as the client credentials grant issues it.
pub fn machine_token(issuer: &str, audience: &str, client: &str) -> Shape {
    access_token(issuer, audience, client)
        .claim("sub", format!("{client}@clients"))
        .claim("aud", audience)
        .claim("scope", "orders:read")
        .claim("gty", "client-credentials")
}

/// Returns the ID token for a client.
pub fn id_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "iss": issuer,
        "sub": "auth0|65f0c1d2e3f4a5b6c7d8e9f0",
        "aud": client,
        "nonce": "n-0S6_WzA2Mj",
        "sid": "E9_5DEkHWsYk3s8xW7Rl3uYB1a",
        "name": "Alice Example",
        "email": "alice@example.com",
        "email_verified": true,
    });
    Shape::new(json!({"typ": "JWT"}), claims, 36_000)
}

/// Returns the token of a back-channel logout.
pub fn logout_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "iss": issuer,
        "sub": "auth0|65f0c1d2e3f4a5b6c7d8e9f0",
        "aud": client,
        "jti": "c12a7f6e-6d51-4f0a-9d5c-5ed0a6b7c8d9",
        "sid": "E9_5DEkHWsYk3s8xW7Rl3uYB1a",
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    Shape::new(json!({"typ": "logout+jwt"}), claims, 120)
}
