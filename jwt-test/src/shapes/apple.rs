//! Identity tokens of Sign in with Apple.

use serde_json::json;

use super::Shape;

/// The `iss` of the tokens.
pub const ISSUER: &str = "https://appleid.apple.com";

/// Returns the identity token of a user. `client` is the id of the app or of the services.
pub fn id_token(client: &str) -> Shape {
    let claims = json!({
        "iss": ISSUER,
        "aud": client,
        "sub": "000544.5e201aec537347aeb79d23cbc345170a.1321",
        "nonce": "e3b0c44298fc1c149afbf4c8996fb924",
        "c_hash": "dZusyqBNIzmfd8Uv_cVKSw",
        "email": "abcd@privaterelay.appleid.com",
        "email_verified": "true",
        "is_private_email": "true",
        "nonce_supported": true,
        "real_user_status": 2,
    });
    Shape::new(json!({}), claims, 86_400).time_claim("auth_time", 5)
}

/// Returns a notification about an account, which Apple's server sends to the application.
pub fn notification(client: &str) -> Shape {
    let claims = json!({
        "iss": ISSUER,
        "aud": client,
        "jti": "o0iJ7dUXGtyFpOyK8v3Fvw",
        "events": r#"{"type":"consent-revoked","sub":"000544.5e201aec537347aeb79d23cbc345170a.1321"}"#,
    });
    Shape::new(json!({}), claims, 86_400)
}
