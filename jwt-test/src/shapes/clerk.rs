//! Tokens of Clerk.

use serde_json::json;

use super::Shape;

/// Returns a session token, version 2. `issuer` is the address of the Frontend API, and `party` the origin that
/// requested the token. The user is an admin of the active organization.
pub fn session_token(issuer: &str, party: &str) -> Shape {
    let claims = json!({
        "azp": party,
        "fva": [7, -1],
        "iss": issuer,
        "jti": "5d1f0a3c7b9e2d4f6a80",
        "o": {"id": "org_2abc", "slg": "example", "rol": "admin", "per": "manage,read", "fpm": "3"},
        "fea": "o:orders",
        "pla": "u:free,o:pro",
        "sid": "sess_2GbDB4enNdCa5vS1zpC3Xzg9tK9",
        "sub": "user_2GIpXOEpVyJw51rkZn9Kmnc6Sxr",
        "v": 2,
    });
    Shape::new(json!({"typ": "JWT", "cat": "cl_B7d4PD111AAA"}), claims, 60).time_claim("nbf", 10)
}

/// Returns a session token, version 1.
pub fn v1_session_token(issuer: &str, party: &str) -> Shape {
    session_token(issuer, party)
        .without("o")
        .without("v")
        .without("fea")
        .without("pla")
        .claim("org_id", "org_2abc")
        .claim("org_role", "org:admin")
        .claim("org_permissions", json!(["org:orders:manage"]))
}

/// Returns the token of a session that is not complete, for example because the user must choose an organization.
pub fn pending_token(issuer: &str, party: &str) -> Shape {
    session_token(issuer, party).without("o").claim("sts", "pending")
}

/// Returns a token from a JWT template, which is meant for another service.
pub fn template_token(issuer: &str, party: &str) -> Shape {
    let claims = json!({
        "azp": party,
        "iss": issuer,
        "jti": "8f0e7d6c5b4a39281706",
        "sub": "user_2GIpXOEpVyJw51rkZn9Kmnc6Sxr",
    });
    Shape::new(json!({"typ": "JWT", "cat": "cl_B7d4PD222AAA"}), claims, 60).time_claim("nbf", 10)
}
