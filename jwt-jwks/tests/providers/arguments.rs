//! Arguments that could not work, or that would accept the tokens of others.

use bytes::Bytes;
use jwt_core::{BoxError, Config, JwtManager};
use jwt_jwks::{Fetch, FetchRequest, RemoteIssuerBuilder, providers};

/// A client without a connection. Building fetches nothing.
struct Offline;

impl Fetch for Offline {
    async fn get(&self, _: FetchRequest) -> Result<http::Response<Bytes>, BoxError> {
        Err("there is no connection".into())
    }
}

/// Returns the error for the author, from either step.
fn problem(builder: RemoteIssuerBuilder) -> Option<String> {
    let login = match builder.fetch(Offline).build() {
        Ok(login) => login,
        Err(error) => return Some(error.to_string()),
    };
    JwtManager::builder(Config::default())
        .trusted_issuer(login.issuer())
        .build()
        .err()
        .map(|error| error.to_string())
}

#[test]
fn arguments_that_name_nothing() {
    const NONE: [&str; 0] = [];
    let tenant = "8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60";
    let cases = [
        ("keycloak audience", providers::keycloak("https://id.example.com/realms/shop", "")),
        ("keycloak realm", providers::keycloak("", "orders")),
        ("keycloak without https", providers::keycloak("http://id.example.com/realms/shop", "orders")),
        ("auth0 domain", providers::auth0("", "api")),
        ("auth0 path", providers::auth0("example.eu.auth0.com/evil", "api")),
        ("auth0 user", providers::auth0("example.eu.auth0.com@evil.example", "api")),
        ("auth0 audience", providers::auth0("example.eu.auth0.com", "")),
        ("entra domain", providers::entra("contoso.onmicrosoft.com", "api")),
        ("entra common", providers::entra("common", "api")),
        ("entra client", providers::entra(tenant, "")),
        ("entra tenants client", providers::entra_tenants("", |_| true)),
        ("okta organization", providers::okta("https://example.okta.com", "api")),
        ("okta audience", providers::okta("https://example.okta.com/oauth2/default", "")),
        ("cognito pool", providers::cognito("aBcDeFgHi", ["client"])),
        ("cognito path", providers::cognito("eu-central-1_a/../b", ["client"])),
        ("cognito clients", providers::cognito("eu-central-1_aBcDeFgHi", NONE)),
        ("cognito client", providers::cognito("eu-central-1_aBcDeFgHi", [""])),
        ("google clients", providers::google_id(NONE)),
        ("google client", providers::google_id([""])),
        ("apple clients", providers::apple_id(NONE)),
        ("apple client", providers::apple_id([""])),
        ("firebase project", providers::firebase_id("")),
        ("firebase dots", providers::firebase_id("..")),
        ("firebase path", providers::firebase_id("shop/..")),
        ("github audience", providers::github_actions("", "example", "shop")),
        ("github owner", providers::github_actions("https://deploy.example.com", "", "shop")),
        ("github repository", providers::github_actions("https://deploy.example.com", "example", "")),
        ("github audience with ids", providers::github_actions_ids("", 65, 74)),
        ("kubernetes audience", providers::kubernetes("https://oidc.example.com", "")),
        ("kubernetes issuer", providers::kubernetes("kubernetes/serviceaccount", "orders")),
        ("kubernetes in a cluster", providers::kubernetes_in_cluster("https://kubernetes.default.svc", "")),
        ("kubernetes file", providers::kubernetes_file("https://kubernetes.default.svc", "keys.json", "")),
        ("supabase project", providers::supabase("abcdefghijklmnopqrst")),
        ("clerk address", providers::clerk("clerk.example.com", ["https://shop.example.com"])),
        ("clerk parties", providers::clerk("https://clerk.example.com", NONE)),
        ("clerk party", providers::clerk("https://clerk.example.com", [""])),
        ("zitadel project", providers::zitadel("https://example.zitadel.cloud", "")),
        ("authentik client", providers::authentik("https://id.example.com/application/o/shop/", "")),
    ];
    for (what, builder) in cases {
        let problem = problem(builder).unwrap_or_else(|| panic!("{what} is accepted"));
        assert!(problem.len() > 20, "{what}: {problem}");
    }
}

#[test]
fn spellings_that_are_accepted() {
    for domain in [
        "example.eu.auth0.com",
        "Example.EU.auth0.com",
        "https://example.eu.auth0.com",
        "https://example.eu.auth0.com/",
    ] {
        assert_eq!(problem(providers::auth0(domain, "api")), None);
    }
    for realm in ["https://id.example.com/realms/shop", "https://id.example.com/realms/shop/"] {
        assert_eq!(problem(providers::keycloak(realm, "orders")), None);
    }
    for project in ["https://abc.supabase.co", "https://abc.supabase.co/"] {
        assert_eq!(problem(providers::supabase(project)), None);
    }
    assert_eq!(problem(providers::cognito("cn-north-1_aBcDeFgHi", ["client"])), None);
}
