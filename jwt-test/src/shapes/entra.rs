//! Tokens of Microsoft Entra ID, version 2.0.

use serde_json::json;

use super::Shape;

/// Returns the `iss` of a tenant's tokens.
#[must_use]
pub fn issuer(tenant: &str) -> String {
    format!("https://login.microsoftonline.com/{tenant}/v2.0")
}

/// Returns an access token of a user. `audience` is the client id of the API, and `client` the one of the caller.
pub fn access_token(tenant: &str, audience: &str, client: &str) -> Shape {
    let claims = json!({
        "aud": audience,
        "iss": issuer(tenant),
        "aio": "AWQAm/8bAAAAvH1k",
        "azp": client,
        "azpacr": "0",
        "groups": ["3f9d0b51-6c1e-4a1f-9f0a-2b6d8a1c4e77"],
        "name": "Alice Example",
        "oid": "9d1d3a5c-0f2b-4c6a-8d7e-1a2b3c4d5e6f",
        "preferred_username": "alice@example.com",
        "rh": "1.AW4AbC.",
        "roles": ["Orders.Approve"],
        "scp": "Orders.Read Orders.Write",
        "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
        "tid": tenant,
        "uti": "fqiBqXLPj0eQa82S",
        "ver": "2.0",
    });
    let header = json!({"typ": "JWT"});
    Shape::new(header, claims, 4500).time_claim("nbf", 0)
}

/// Returns an access token of an application without a user, as the client credentials grant issues it.
pub fn app_token(tenant: &str, audience: &str, client: &str) -> Shape {
    access_token(tenant, audience, client)
        .claim("azpacr", "1")
        .claim("oid", "5b0f6d1e-3c2a-4e8f-9b7d-6a5c4d3e2f10")
        .claim("sub", "5b0f6d1e-3c2a-4e8f-9b7d-6a5c4d3e2f10")
        .claim("roles", json!(["Orders.Read.All"]))
        .without("scp")
        .without("groups")
        .without("name")
        .without("preferred_username")
}

/// Returns the ID token for a client. If the client and the API are one registration, it has the audience of the API.
pub fn id_token(tenant: &str, client: &str) -> Shape {
    let claims = json!({
        "aud": client,
        "iss": issuer(tenant),
        "name": "Alice Example",
        "nonce": "12345",
        "oid": "9d1d3a5c-0f2b-4c6a-8d7e-1a2b3c4d5e6f",
        "preferred_username": "alice@example.com",
        "rh": "1.AW4AbC.",
        "roles": ["Orders.Approve"],
        "sub": "HKZpfaHyWadeOouYlitjrI-KffTm222X5rrV3xDqfKQ",
        "tid": tenant,
        "uti": "fqiBqXLPj0eQa82S",
        "ver": "2.0",
    });
    Shape::new(json!({"typ": "JWT"}), claims, 3900).time_claim("nbf", 0)
}

/// Returns an access token of version 1.0, which has a different issuer.
pub fn v1_token(tenant: &str, audience: &str, client: &str) -> Shape {
    access_token(tenant, audience, client)
        .claim("iss", format!("https://sts.windows.net/{tenant}/"))
        .claim("appid", client)
        .claim("appidacr", "0")
        .claim("ver", "1.0")
        .without("azp")
        .without("azpacr")
}
