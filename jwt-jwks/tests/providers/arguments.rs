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
    let api = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
    let service = "https://deploy.example.com";
    let cases = [
        ("keycloak audience", providers::keycloak("https://id.example.com/realms/shop", "")),
        ("keycloak realm", providers::keycloak("", "orders")),
        ("keycloak without https", providers::keycloak("http://id.example.com/realms/shop", "orders")),
        ("auth0 domain", providers::auth0("", "api")),
        ("auth0 path", providers::auth0("example.eu.auth0.com/evil", "api")),
        ("auth0 user", providers::auth0("example.eu.auth0.com@evil.example", "api")),
        ("auth0 audience", providers::auth0("example.eu.auth0.com", "")),
        ("entra domain", providers::entra("contoso.onmicrosoft.com", api)),
        ("entra common", providers::entra("common", api)),
        ("entra client", providers::entra(tenant, "")),
        ("entra tenants client", providers::entra_tenants(|_| true, "")),
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
        ("github audience", providers::github_actions("example", "shop", "")),
        ("github owner", providers::github_actions("", "shop", service)),
        ("github repository", providers::github_actions("example", "", service)),
        ("github audience with ids", providers::github_actions_ids(65, 74, "")),
        ("kubernetes audience", providers::kubernetes("https://oidc.example.com", "")),
        ("kubernetes issuer", providers::kubernetes("kubernetes/serviceaccount", "orders")),
        ("kubernetes in a cluster", providers::kubernetes_in_cluster("https://kubernetes.default.svc", "")),
        ("kubernetes file", providers::kubernetes_file("https://kubernetes.default.svc", "", "keys.json")),
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

/// Arguments that look right, but that no token matches.
#[test]
fn arguments_that_no_token_matches() {
    const PAGE: &str = "https://shop.example.com";
    let tenant = "8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60";
    let api = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
    let service = "https://deploy.example.com";
    let cluster = "https://kubernetes.default.svc.cluster.local";
    let realm = "https://id.example.com/realms/shop";
    let mut cases = vec![
        ("entra address of the API", providers::entra(tenant, "api://orders")),
        ("entra tenants' address of the API", providers::entra_tenants(|_| true, "api://orders")),
        ("entra tenant in braces", providers::entra("{8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60}", api)),
        ("keycloak for all clients", providers::keycloak(realm, "account")),
        ("github both names", providers::github_actions("example", "example/shop", service)),
        ("github both names as the owner", providers::github_actions("example/shop", "shop", service)),
        ("github at", providers::github_actions("@example", "shop", service)),
        ("github address", providers::github_actions("https://github.com/example", "shop", service)),
        ("github dots", providers::github_actions("example", "..", service)),
        ("github clone address", providers::github_actions("example", "shop.git", service)),
        ("github owner 0", providers::github_actions_ids(0, 74, service)),
        ("github repository 0", providers::github_actions_ids(65, 0, service)),
        ("firebase number", providers::firebase_id("123456789012")),
        ("firebase letters", providers::firebase_id("Shop-4711")),
        ("cognito without an id", providers::cognito("eu-central-1_", ["client"])),
        ("cognito two ids", providers::cognito("eu-central-1_a_b", ["client"])),
        ("cognito name", providers::cognito("my_pool", ["client"])),
        ("cognito region", providers::cognito("_aBcDeFgHi", ["client"])),
        ("auth0 dots", providers::auth0("example..auth0.com", "api")),
        ("auth0 tenant", providers::auth0("example", "api")),
        ("auth0 http", providers::auth0("http://example.eu.auth0.com", "api")),
        ("auth0 port", providers::auth0("example.eu.auth0.com:443", "api")),
        ("kubernetes' own audience", providers::kubernetes(cluster, cluster)),
        ("kubernetes' own audience in the cluster", providers::kubernetes_in_cluster(cluster, cluster)),
        ("kubernetes' own audience with a file", providers::kubernetes_file(cluster, cluster, "keys.json")),
        ("kubernetes path", providers::kubernetes("https://oidc.example.com/a/../b", "orders")),
        ("kubernetes file's issuer", providers::kubernetes_file("", "orders", "keys.json")),
    ];
    for audience in [" ", " orders", "orders ", "orders\n", "or\0ders"] {
        cases.extend([
            ("keycloak audience", providers::keycloak(realm, audience)),
            ("auth0 audience", providers::auth0("example.eu.auth0.com", audience)),
            ("entra client", providers::entra(tenant, audience)),
            ("entra tenants' client", providers::entra_tenants(|_| true, audience)),
            ("okta audience", providers::okta("https://example.okta.com/oauth2/default", audience)),
            ("cognito client", providers::cognito("eu-central-1_aBcDeFgHi", ["client", audience])),
            ("google client", providers::google_id(["client", audience])),
            ("apple client", providers::apple_id(["client", audience])),
            ("github audience", providers::github_actions("example", "shop", audience)),
            ("github audience with ids", providers::github_actions_ids(65, 74, audience)),
            ("kubernetes audience", providers::kubernetes(cluster, audience)),
            ("kubernetes audience in the cluster", providers::kubernetes_in_cluster(cluster, audience)),
            ("kubernetes audience with a file", providers::kubernetes_file(cluster, audience, "keys.json")),
            ("supabase client", providers::supabase_clients("https://abc.supabase.co", ["client", audience])),
            ("clerk page", providers::clerk("https://clerk.example.com", [PAGE, audience])),
            ("zitadel project", providers::zitadel("https://example.zitadel.cloud", audience)),
            (
                "authentik client",
                providers::authentik("https://id.example.com/application/o/shop/", audience),
            ),
        ]);
    }
    for server in [
        "https://example.okta.com/oauth2/",
        "https://example.okta.com/oauth2",
        "https://example.okta.com/oauth2/../",
        "https://example.okta.com/oauth2/default/v1/token",
        "https://example.okta.com/oauth2/default/.well-known/openid-configuration",
        "https://example.okta.com/oauth2/default?a",
        "https://example.okta.com/oauth2/default//",
        "https://example-admin.okta.com/oauth2/default",
        "https://user@example.okta.com/oauth2/default",
        "example.okta.com/oauth2/default",
    ] {
        cases.push((server, providers::okta(server, "api")));
    }
    for realm in [
        "https://id.example.com",
        "https://id.example.com/",
        "https://id.example.com/realms",
        "https://id.example.com/realms/",
        "https://id.example.com/realms/..",
        "https://id.example.com/realms/a/../shop",
        "https://id.example.com//realms/shop",
        "https://id.example.com/realms/shop//",
        "https://id.example.com/realms/shop/.well-known/openid-configuration",
        "https://id.example.com/realms/shop/protocol/openid-connect/certs",
        "https://id.example.com/admin/master/console",
        "https://id.example.com/realms/shop?",
        "https://id.example.com/realms/shop#",
        "https://id.example.com:443/realms/shop",
        " https://id.example.com/realms/shop",
        "https://id.example.com/realms/shop ",
        "https://id.example.com/realms/sh\top",
        "https:/id.example.com/realms/shop",
        "https:\\\\id.example.com/realms/shop",
        "https://@id.example.com/realms/shop",
        "https:///realms/shop",
        "HTTPS://id.example.com/realms/shop",
        "https://id..example.com/realms/shop",
    ] {
        cases.push((realm, providers::keycloak(realm, "orders")));
    }
    for address in [
        "https://c?",
        "https://c#",
        "https://c//",
        "https://c/auth/v1",
        "https://c/.well-known/jwks.json",
        "https://c:443",
        "https://user@c",
        "https://c /",
        "c.example",
    ] {
        cases.push((address, providers::clerk(address, [PAGE])));
        cases.push((address, providers::supabase(address)));
        cases.push((address, providers::supabase_clients(address, ["client"])));
        cases.push((address, providers::zitadel(address, "178204173316174381")));
        cases.push((address, providers::authentik(address, "client")));
    }
    cases.push(("supabase issuer", providers::supabase("https://abc.supabase.co/auth/v1")));
    for page in [
        "https://shop.example.com/",
        "https://shop.example.com/cart",
        "https://shop.example.com?",
        "https://Shop.example.com",
        "https://shop.example.com:443",
        "shop.example.com",
        "//shop.example.com",
        "*",
        "null",
        "capacitor://",
        "chrome-extension://abcdef/page.html",
    ] {
        cases.push((page, providers::clerk("https://clerk.example.com", [PAGE, page])));
    }
    for application in [
        "https://id.example.com/application/o/",
        "https://id.example.com/application/shop/",
        "https://id.example.com/application/o/shop/jwks/",
        "https://id.example.com/application/o/shop/.well-known/openid-configuration",
        "https://id.example.com/application/o//",
        "https://id.example.com/application/o/shop/?",
    ] {
        cases.push((application, providers::authentik(application, "client")));
    }
    for (what, builder) in cases {
        let problem = problem(builder).unwrap_or_else(|| panic!("{what} is accepted"));
        assert!(problem.contains(": ") && problem.len() > 40, "{what}: {problem}");
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
    assert_eq!(problem(providers::cognito("us-gov-west-1_aBcDeFgHi", ["client"])), None);
    for realm in ["http://localhost:8080/realms/shop", "https://id.example.com:8443/auth/realms/My-Shop_2"] {
        assert_eq!(problem(providers::keycloak(realm, "order service")), None);
    }
    for server in
        ["https://example.okta.com/oauth2/default/", "https://Login.example.com/oauth2/ausIdOfServer"]
    {
        assert_eq!(problem(providers::okta(server, "api://orders")), None);
    }
    for (owner, repository) in [("example", ".github"), ("alice_example", "a.b-c_d"), ("0", "-")] {
        assert_eq!(problem(providers::github_actions(owner, repository, "https://deploy.example.com")), None);
    }
    let pages = ["http://localhost:3000", "capacitor://localhost", "chrome-extension://abcdef"];
    assert_eq!(problem(providers::clerk("https://Clerk.example.com/", pages)), None);
    for instance in ["https://example.zitadel.cloud/", "https://login.example.com:8443", "https://z/"] {
        assert_eq!(problem(providers::zitadel(instance, "178204173316174381")), None);
    }
    for application in
        ["https://id.example.com/application/o/shop", "https://id.example.com/authentik/application/o/shop/"]
    {
        assert_eq!(problem(providers::authentik(application, "client")), None);
    }
    for project in ["shop", "example.com:shop", "shop-4711"] {
        assert_eq!(problem(providers::firebase_id(project)), None);
    }
    // Azure's have a slash at the end.
    for cluster in ["https://westeurope.oic.prod-aks.azure.com/a/b/", "https://10.0.0.1:6443"] {
        assert_eq!(problem(providers::kubernetes(cluster, "orders")), None);
    }
    assert_eq!(problem(providers::kubernetes_file("clusters/shop", "orders", "keys.json")), None);
    assert_eq!(problem(providers::supabase("http://127.0.0.1:54321")), None);
    assert_eq!(
        problem(providers::entra(
            "8D3F5A1E-0C2B-4F6D-9A7E-1B2C3D4E5F60",
            "1F2E3D4C-5B6A-4798-8A9B-0C1D2E3F4A5B"
        )),
        None
    );
}
