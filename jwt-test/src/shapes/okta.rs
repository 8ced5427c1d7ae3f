//! Tokens of a custom authorization server of Okta.

use serde_json::json;

use super::Shape;

/// Returns an access token of a user. `issuer` is the address of the authorization server, such as
/// `https://example.okta.com/oauth2/default`.
pub fn access_token(issuer: &str, audience: &str, client: &str) -> Shape {
    let claims = json!({
        "ver": 1,
        "jti": "AT.0mP4JKAZX1iACIT4vbEDF7LpvDVjxypPMf0D7uX39RE",
        "iss": issuer,
        "aud": audience,
        "sub": "alice@example.com",
        "cid": client,
        "uid": "00uid4BxXw6I6TV4m0g3",
        "scp": ["openid", "orders:read"],
        "groups": ["warehouse"],
    });
    Shape::new(json!({}), claims, 3600).time_claim("auth_time", 60)
}

/// Returns an access token of a machine, as the client credentials grant issues it.
pub fn machine_token(issuer: &str, audience: &str, client: &str) -> Shape {
    access_token(issuer, audience, client)
        .claim("sub", client)
        .claim("scp", json!(["orders:read"]))
        .without("uid")
        .without("groups")
        .without("auth_time")
}

/// Returns the ID token for a client.
pub fn id_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "ver": 1,
        "jti": "ID.4eAWJOCMB3SX8XewDfVR2gbuGtBbCmKbjGq2dm9-Hqs",
        "iss": issuer,
        "aud": client,
        "sub": "00uid4BxXw6I6TV4m0g3",
        "amr": ["pwd"],
        "at_hash": "preview_at_hash",
        "idp": "00oi6hbwmhZQGb9P10g3",
        "nonce": "nonce",
        "email": "alice@example.com",
    });
    Shape::new(json!({}), claims, 3600).time_claim("auth_time", 60)
}
