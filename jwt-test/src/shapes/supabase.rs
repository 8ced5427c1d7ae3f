//! Tokens of Supabase Auth.

use serde_json::json;

use super::Shape;

/// Returns an access token of a user. `issuer` is the address of the project followed by `/auth/v1`.
pub fn access_token(issuer: &str) -> Shape {
    let claims = json!({
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": 1_640_991_600}],
        "app_metadata": {"provider": "email", "providers": ["email"], "roles": ["editor"]},
        "aud": "authenticated",
        "email": "alice@example.com",
        "iss": issuer,
        "phone": "",
        "role": "authenticated",
        "session_id": "123e4567-e89b-12d3-a456-426614174000",
        "sub": "9b2d6c1e-4f3a-4b5c-8d7e-6f5a4b3c2d1e",
        "user_metadata": {"name": "Alice Example", "role": "service_role"},
        "is_anonymous": false,
    });
    Shape::new(json!({"typ": "JWT"}), claims, 3600)
}

/// Returns an access token that an OAuth client obtained for a user.
pub fn oauth_token(issuer: &str, client: &str) -> Shape {
    access_token(issuer).claim("client_id", client)
}

/// Returns an API key. `role` is `anon` or `service_role`.
pub fn api_key(role: &str) -> Shape {
    let claims = json!({"iss": "supabase", "ref": "abcdefghijklmnopqrst", "role": role});
    Shape::new(json!({"typ": "JWT"}), claims, 315_360_000)
}
