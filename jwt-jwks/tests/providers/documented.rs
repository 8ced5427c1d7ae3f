//! The token on the page of each preset is one that the example there accepts.

use std::error::Error;
use std::time::{SystemTime, UNIX_EPOCH};

use jwt_core::keys::Algorithm;
use jwt_core::{Config, JwtManager, Policy};
use jwt_jwks::{RemoteIssuerBuilder, providers};
use jwt_test::FakeIssuer;
use serde_json::{Map, Value};

/// The pages, and the presets in their examples.
fn pages() -> Vec<(&'static str, RemoteIssuerBuilder)> {
    let (tenant, api) = ("8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60", "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b");
    let cluster = "https://oidc.eks.eu-central-1.amazonaws.com/id/EXAMPLE0123456789";
    vec![
        (include_str!("../../src/providers/apple.rs"), providers::apple_id(["com.example.shop"])),
        (
            include_str!("../../src/providers/auth0.rs"),
            providers::auth0("example.eu.auth0.com", "https://orders.example.com"),
        ),
        (
            include_str!("../../src/providers/authentik.rs"),
            providers::authentik("https://id.example.com/application/o/shop/", "aBcDeFgHiJkL"),
        ),
        (
            include_str!("../../src/providers/clerk.rs"),
            providers::clerk("https://clerk.example.com", ["https://shop.example.com"]),
        ),
        (
            include_str!("../../src/providers/cognito.rs"),
            providers::cognito("eu-central-1_aBcDeFgHi", ["1example23456789"]),
        ),
        (include_str!("../../src/providers/entra.rs"), providers::entra(tenant, api)),
        (include_str!("../../src/providers/firebase.rs"), providers::firebase_id("shop-4711")),
        (
            include_str!("../../src/providers/github_actions.rs"),
            providers::github_actions("example", "shop", "https://deploy.example.com"),
        ),
        (
            include_str!("../../src/providers/google.rs"),
            providers::google_id(["1234987819200.apps.googleusercontent.com"]),
        ),
        (
            include_str!("../../src/providers/keycloak.rs"),
            providers::keycloak("https://id.example.com/realms/shop", "orders"),
        ),
        (
            include_str!("../../src/providers/kubernetes.rs"),
            providers::kubernetes(cluster, "https://orders.example.com"),
        ),
        (
            include_str!("../../src/providers/okta.rs"),
            providers::okta("https://example.okta.com/oauth2/default", "api://orders"),
        ),
        (
            include_str!("../../src/providers/supabase.rs"),
            providers::supabase("https://abcdefghijklmnopqrst.supabase.co"),
        ),
        (
            include_str!("../../src/providers/zitadel.rs"),
            providers::zitadel("https://example-a1b2c3.zitadel.cloud", "178204173316174381"),
        ),
    ]
}

/// The first JSON on a page.
fn token_on(page: &str) -> Result<Map<String, Value>, Box<dyn Error>> {
    let lines = page.lines().skip_while(|line| *line != "/// ```json").skip(1);
    let json: String =
        lines.take_while(|line| *line != "/// ```").filter_map(|line| line.strip_prefix("///")).collect();
    Ok(serde_json::from_str(&json)?)
}

#[tokio::test]
async fn the_documented_tokens_are_accepted() -> Result<(), Box<dyn Error>> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs();
    for (page, builder) in pages() {
        let mut claims = token_on(page)?;
        let issuer = claims["iss"].as_str().unwrap().to_owned();
        assert!(claims.contains_key("exp"), "{issuer}");
        claims.insert("exp".to_owned(), (now + 60).into());
        if claims.contains_key("iat") {
            claims.insert("iat".to_owned(), now.into());
        }
        let fake = FakeIssuer::builder().algorithm(Algorithm::RS256).named(&issuer).start();
        // Firebase has a certificate map, which the fake issuer does not have at the address of a set.
        let login = builder.fetch(fake.client()).seed(fake.key_set()).build()?;
        let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
        let checked = jwt.verify(&fake.token().claims(claims).sign(), &Policy::access()).await;
        assert!(checked.is_ok(), "{issuer}: {:?}", checked.err());
    }
    Ok(())
}
