//! Tokens of Zitadel.

use serde_json::json;

use super::Shape;

/// Returns an access token in the JWT format. The user has the role `editor` in the project, and the client belongs to
/// another project, in which the user has the role `admin`.
pub fn access_token(issuer: &str, project: &str, client: &str) -> Shape {
    let admin = json!({"admin": {"178204173316174381": "elsewhere.example"}});
    let claims = json!({
        "iss": issuer,
        "sub": "178207346583306755",
        "aud": [client, project],
        "client_id": client,
        "jti": "at_178213165786308097",
        "urn:zitadel:iam:org:project:roles": admin,
        "urn:zitadel:iam:org:project:999:roles": admin,
    });
    Shape::new(json!({"typ": "JWT"}), claims, 43_200).time_claim("nbf", 0).claim(
        &format!("urn:zitadel:iam:org:project:{project}:roles"),
        json!({"editor": {"178204173316174381": "example.com"}}),
    )
}

/// Returns the ID token for a client. Its audience has the project, like that of an access token.
pub fn id_token(issuer: &str, project: &str, client: &str) -> Shape {
    let claims = json!({
        "iss": issuer,
        "sub": "178207346583306755",
        "aud": [client, project],
        "amr": ["pwd"],
        "azp": client,
        "client_id": client,
        "at_hash": "A8sYpQ4kLw0nB0QUvI0uOA",
        "sid": "V1_178213165786242561",
    });
    Shape::new(json!({"typ": "JWT"}), claims, 43_200).time_claim("auth_time", 60)
}
