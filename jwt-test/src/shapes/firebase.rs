//! ID tokens of Firebase Authentication.

use serde_json::json;

use super::Shape;

/// Returns the `iss` of a project's ID tokens.
#[must_use]
pub fn issuer(project: &str) -> String {
    format!("https://securetoken.google.com/{project}")
}

/// Returns the ID token of a user.
pub fn id_token(project: &str) -> Shape {
    let claims = json!({
        "iss": issuer(project),
        "aud": project,
        "user_id": "Xk893u23H9SJ893kz0P1w2Q3e4r5",
        "sub": "Xk893u23H9SJ893kz0P1w2Q3e4r5",
        "name": "Alice Example",
        "email": "alice@example.com",
        "email_verified": true,
        "firebase": {
            "identities": {"email": ["alice@example.com"]},
            "sign_in_provider": "password",
        },
    });
    Shape::new(json!({"typ": "JWT"}), claims, 3600).time_claim("auth_time", 60)
}

/// Returns a session cookie, which has a different issuer and different keys.
pub fn session_cookie(project: &str) -> Shape {
    id_token(project).claim("iss", format!("https://session.firebase.google.com/{project}"))
}
