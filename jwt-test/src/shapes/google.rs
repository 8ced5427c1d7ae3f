//! ID tokens of Google. Google's access tokens are not JWTs.

use serde_json::json;

use super::Shape;

/// The `iss` of the tokens.
pub const ISSUER: &str = "https://accounts.google.com";

/// Returns the ID token of a user for a client.
pub fn id_token(client: &str) -> Shape {
    let claims = json!({
        "iss": ISSUER,
        "azp": client,
        "aud": client,
        "sub": "107691503500061507151",
        "hd": "example.com",
        "email": "alice@example.com",
        "email_verified": true,
        "at_hash": "HK6E_P6Dh8Y93mRNtsDB1Q",
        "nonce": "0394852-3190485-2490358",
        "name": "Alice Example",
        "picture": "https://lh3.googleusercontent.com/a/photo",
        "jti": "6f1c0d7c2b8a4e5f9d3b1a0c8e7f6d5c4b3a2918",
    });
    Shape::new(json!({"typ": "JWT"}), claims, 3600)
}

/// Returns the ID token of a service account. Anyone who has a service account can request one for any audience.
pub fn service_account_id_token(audience: &str) -> Shape {
    let claims = json!({
        "iss": ISSUER,
        "azp": "112010400000000710080",
        "aud": audience,
        "sub": "112010400000000710080",
        "email": "robot@elsewhere.iam.gserviceaccount.com",
        "email_verified": true,
    });
    Shape::new(json!({"typ": "JWT"}), claims, 3600)
}
