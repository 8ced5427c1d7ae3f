//! Tokens of authentik.

use serde_json::json;

use super::Shape;

/// Returns an access token. `issuer` is the address of the application, which ends with a slash. An access token is an
/// ID token with the additional claims `azp` and `uid`. It also has the `nonce` of the sign-in. Tokens that were refreshed
/// do not have one.
pub fn access_token(issuer: &str, client: &str) -> Shape {
    id_token(issuer, client)
        .claim("azp", client)
        .claim("uid", "kY8fLxq2Vw5RzJ0aTn3c")
        .claim("scope", "openid profile orders:read")
}

/// Returns the ID token for a client.
pub fn id_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "iss": issuer,
        "sub": "b1f6b6c1d0b54c0bb4f3a27dc1dbe6a0c9c0f1f8d6b7a5e4c3d2b1a09f8e7d6c",
        "aud": client,
        "acr": "goauthentik.io/providers/oauth2/default",
        "amr": ["pwd"],
        "nonce": "9f2c7a",
        "sid": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
        "email": "alice@example.com",
        "email_verified": true,
        "groups": ["warehouse"],
        "name": "Alice Example",
        "preferred_username": "alice",
    });
    Shape::new(json!({"typ": "JWT"}), claims, 300).time_claim("auth_time", 60)
}
