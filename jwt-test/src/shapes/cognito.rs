//! Tokens of an Amazon Cognito user pool.

use serde_json::json;

use super::Shape;

/// Returns the `iss` of a user pool.
#[must_use]
pub fn issuer(region: &str, user_pool: &str) -> String {
    format!("https://cognito-idp.{region}.amazonaws.com/{user_pool}")
}

/// Returns an access token of a user. It does not have an audience.
pub fn access_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "cognito:groups": ["warehouse"],
        "iss": issuer,
        "version": 2,
        "client_id": client,
        "origin_jti": "bbbbbbbb-cccc-dddd-eeee-ffffffffffff",
        "event_id": "cccccccc-dddd-eeee-ffff-aaaaaaaaaaaa",
        "token_use": "access",
        "scope": "openid orders/read",
        "jti": "dddddddd-eeee-ffff-aaaa-bbbbbbbbbbbb",
        "username": "alice",
    });
    Shape::new(json!({}), claims, 3600).time_claim("auth_time", 60)
}

/// Returns an access token of a machine, as the client credentials grant issues it.
pub fn machine_token(issuer: &str, client: &str) -> Shape {
    access_token(issuer, client)
        .claim("sub", client)
        .claim("scope", "orders/read")
        .without("cognito:groups")
        .without("username")
        .without("origin_jti")
        .without("event_id")
}

/// Returns the ID token for a client.
pub fn id_token(issuer: &str, client: &str) -> Shape {
    let claims = json!({
        "sub": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee",
        "cognito:groups": ["warehouse"],
        "cognito:username": "alice",
        "email": "alice@example.com",
        "email_verified": true,
        "iss": issuer,
        "aud": client,
        "at_hash": "vkqjZyWQ0lVNcdOzA1bXvA",
        "event_id": "cccccccc-dddd-eeee-ffff-aaaaaaaaaaaa",
        "token_use": "id",
        "jti": "eeeeeeee-ffff-aaaa-bbbb-cccccccccccc",
        "origin_jti": "bbbbbbbb-cccc-dddd-eeee-ffffffffffff",
    });
    Shape::new(json!({}), claims, 3600).time_claim("auth_time", 60)
}
