//! Tokens of service accounts in Kubernetes.

use serde_json::json;

use super::Shape;

/// Returns the token that is projected into a pod for an audience.
pub fn service_account_token(issuer: &str, audience: &str, namespace: &str, account: &str) -> Shape {
    let claims = json!({
        "aud": [audience],
        "iss": issuer,
        "jti": "aed34954-b33a-4142-b1ec-389d6bbb4936",
        "kubernetes.io": {
            "namespace": namespace,
            "node": {"name": "worker-1", "uid": "646e7c5e-32d6-4d42-9dbd-e504e6cbe6b1"},
            "pod": {"name": "orders-7d9f", "uid": "5e0bd49b-f040-43b0-99b7-22765a53f7f3"},
            "serviceaccount": {"name": account, "uid": "14ee3fa4-a7e2-420f-9f9a-dbc4507c3798"},
        },
        "sub": format!("system:serviceaccount:{namespace}:{account}"),
    });
    Shape::new(json!({}), claims, 3600).time_claim("nbf", 0)
}

/// Returns the token of a secret, which never expires. Clusters older than version 1.24 created one for each account.
pub fn legacy_token(namespace: &str, account: &str) -> Shape {
    let claims = json!({
        "iss": "kubernetes/serviceaccount",
        "kubernetes.io/serviceaccount/namespace": namespace,
        "kubernetes.io/serviceaccount/secret.name": format!("{account}-token-pnj77"),
        "kubernetes.io/serviceaccount/service-account.name": account,
        "kubernetes.io/serviceaccount/service-account.uid": "a709ef71-30e2-489a-bd19-ade97031b9db",
        "sub": format!("system:serviceaccount:{namespace}:{account}"),
    });
    Shape::new(json!({}), claims, 0).without("iat").without("exp")
}
