//! Tokens that the presets accept.

use std::error::Error;

use jwt_core::keys::{Algorithm, SigningKey, VerifyingKey};
use jwt_core::{Config, JwtManager, Policy, TokenError};
use jwt_jwks::providers;
use jwt_test::FakeIssuer;
use jwt_test::shapes::{entra, kubernetes, supabase};
use serde_json::json;

use crate::fake::{Served, World, start};
use crate::presets::{Keys, all};

#[tokio::test]
async fn the_preset_alone_accepts_the_providers_tokens() -> Result<(), Box<dyn Error>> {
    for preset in all() {
        let world = World::of(&preset).await?;
        for good in &preset.good {
            let token = world.fake.token().shape(&good.shape).sign();
            let what = format!("{}: {}", preset.name, good.what);
            let checked = world.check(&token).await;
            let checked = checked.unwrap_or_else(|error| panic!("{what}: {error} {:?}", error.source()));
            let token = checked.token().unwrap();
            assert_eq!(token.identity(), good.identity, "{what}");
            assert_eq!(token.issuer(), Some(&*preset.issuer), "{what}");
            let authorities = token.authorities();
            let mut authorities: Vec<_> = authorities.iter().collect();
            authorities.sort_unstable();
            let mut expected = good.authorities.clone();
            expected.sort_unstable();
            assert_eq!(authorities, expected, "{what}");
        }
    }
    Ok(())
}

#[tokio::test]
async fn the_addresses_are_those_of_the_provider() -> Result<(), Box<dyn Error>> {
    for preset in all() {
        let world = World::of(&preset).await?;
        let base = preset.issuer.strip_suffix('/').unwrap_or(&preset.issuer);
        let expected = match &preset.keys {
            Keys::Set(address) | Keys::Certificates(address) => vec![(*address).to_owned()],
            Keys::Discovered => {
                vec![format!("{base}/.well-known/openid-configuration"), world.fake.jwks_url().to_owned()]
            }
        };
        assert_eq!(world.fetched, expected, "{}", preset.name);
    }
    Ok(())
}

/// One manager trusts all providers, and the keys of each verify only its own tokens.
#[tokio::test]
async fn presets_work_together() -> Result<(), Box<dyn Error>> {
    let presets: Vec<_> = all()
        .into_iter()
        .filter(|preset| {
            !matches!(
                preset.name,
                "entra_tenants" | "github_actions_ids" | "kubernetes_in_cluster" | "supabase_clients"
            )
        })
        .collect();
    let mut builder = JwtManager::builder(Config::default());
    let mut fakes = Vec::new();
    for (number, preset) in presets.iter().enumerate() {
        let fake = start(preset);
        // All fake issuers begin with the same RSA key.
        (0..number % 8).for_each(|_| fake.replace_key());
        let login = (preset.build)().fetch(fake.client()).build()?;
        login.ready().await?;
        builder = builder.trusted_issuer(login.issuer());
        fakes.push(fake);
    }
    let jwt = builder.build()?;
    for (number, preset) in presets.iter().enumerate() {
        let shape = &preset.good[0].shape;
        let checked = jwt.verify(&fakes[number].token().shape(shape).sign(), &Policy::access()).await;
        assert!(checked.is_ok(), "{}: {:?}", preset.name, checked.err());
        let neighbor = &fakes[(number + 1) % fakes.len()];
        let checked = jwt.verify(&neighbor.token().shape(shape).sign(), &Policy::access()).await;
        assert!(matches!(checked, Err(TokenError::Invalid(_))), "{} by {}", preset.name, neighbor.url());
    }
    Ok(())
}

/// The predicate decides about tenants. A text that is not the id of a tenant never reaches it.
#[tokio::test]
async fn tenants_that_the_predicate_accepts() -> Result<(), Box<dyn Error>> {
    let (one, other) = ("8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60", "0a1b2c3d-4e5f-4061-8273-94a5b6c7d8e9");
    let api = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
    let keys = "https://login.microsoftonline.com/common/discovery/v2.0/keys";
    let fake = FakeIssuer::builder().named(&entra::issuer(one)).jwks_url(keys).discovery([]).start();
    let login = providers::entra_tenants(|_| true, api).fetch(fake.client()).build()?;
    login.ready().await?;
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
    for tenant in [one, other] {
        let token = fake.token().shape(&entra::access_token(tenant, api, "client")).sign();
        let checked = jwt.verify(&token, &Policy::access()).await?;
        assert_eq!(checked.token().unwrap().issuer(), Some(&*entra::issuer(tenant)));
    }
    let upper = one.to_uppercase();
    let long = format!("{one}0");
    for name in ["common", "organizations", "consumers", "contoso", "", &upper, &long, &one[1..], "{tenant}"]
    {
        let token = fake.token().shape(&entra::access_token(name, api, "client")).sign();
        let checked = jwt.verify(&token, &Policy::access()).await;
        assert!(matches!(checked, Err(TokenError::Invalid(_))), "{name}");
    }
    Ok(())
}

/// In Microsoft's set for all tenants, the keys for personal accounts name the only tenant that they are for.
#[tokio::test]
async fn a_key_of_one_tenant_does_not_verify_the_tokens_of_others() -> Result<(), Box<dyn Error>> {
    let tenant = "8d3f5a1e-0c2b-4f6d-9a7e-1b2c3d4e5f60";
    let api = "1f2e3d4c-5b6a-4798-8a9b-0c1d2e3f4a5b";
    let fake = FakeIssuer::builder().named(&entra::issuer(tenant)).start();
    let companies = fake.kid();
    let personal = fake.announce();
    let mut set = fake.jwks();
    for key in set["keys"].as_array_mut().unwrap() {
        let tenant =
            if key["kid"] == *personal { "9188040d-6c67-4c5b-b112-36a304b66dad" } else { "{tenantid}" };
        key["issuer"] = json!(entra::issuer(tenant));
    }
    let login = providers::entra_tenants(|_| true, api).fetch(Served(set.to_string())).build()?;
    login.ready().await?;
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
    let token = fake.token().shape(&entra::access_token(tenant, api, "client"));
    assert!(jwt.verify(&token.clone().signed_by(companies).sign(), &Policy::access()).await.is_ok());
    let checked = jwt.verify(&token.signed_by(personal).sign(), &Policy::access()).await;
    assert!(matches!(checked, Err(TokenError::Invalid(_))), "{checked:?}");
    Ok(())
}

#[tokio::test]
async fn a_cluster_whose_keys_are_in_a_file() -> Result<(), Box<dyn Error>> {
    let cluster = "https://kubernetes.default.svc.cluster.local";
    let fake = FakeIssuer::builder().named(cluster).start();
    let file = std::env::temp_dir().join(format!("jwt-jwks-cluster-{}.json", std::process::id()));
    std::fs::write(&file, fake.jwks().to_string())?;
    let pods = providers::kubernetes_file(cluster, "https://orders.example.com", &file).build()?;
    pods.ready().await?;
    let jwt = JwtManager::builder(Config::default()).trusted_issuer(pods.issuer()).build()?;
    let shape = kubernetes::service_account_token(cluster, "https://orders.example.com", "shop", "web");
    let checked = jwt.verify(&fake.token().shape(&shape).sign(), &Policy::access()).await?;
    assert_eq!(checked.token().unwrap().identity(), "system:serviceaccount:shop:web");
    let other = shape.claim("aud", "https://other.example.com");
    assert!(jwt.verify(&fake.token().shape(&other).sign(), &Policy::access()).await.is_err());
    std::fs::remove_file(&file)?;
    Ok(())
}

/// A Supabase project that moves from its secret to signing keys: the `kid` of the secret is not in the set.
#[tokio::test]
async fn a_secret_in_addition_to_the_published_keys() -> Result<(), Box<dyn Error>> {
    let issuer = "https://abcdefghijklmnopqrst.supabase.co/auth/v1";
    let fake = FakeIssuer::builder().named(issuer).start();
    let secret = b"0b8f6d4c2a1e3957b1d9f7e5c3a1908f".to_vec();
    let legacy = SigningKey::from_secret(Algorithm::HS256, secret.clone())?;
    let login = || providers::supabase("https://abcdefghijklmnopqrst.supabase.co").fetch(fake.client());
    let with_secret = login().add_key(VerifyingKey::from_secret(Algorithm::HS256, secret)?).build()?;
    let without = login().build()?;
    for (login, is_accepted) in [(with_secret, true), (without, false)] {
        login.ready().await?;
        let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
        let shape = supabase::access_token(issuer);
        assert!(jwt.verify(&fake.token().shape(&shape).sign(), &Policy::access()).await.is_ok());
        for key in [legacy.clone(), legacy.clone().with_id("c8f1d0a2")] {
            let old = fake.token().shape(&shape).signed_with(key).sign();
            assert_eq!(jwt.verify(&old, &Policy::access()).await.is_ok(), is_accepted);
        }
        let api_key =
            fake.token().shape(&supabase::api_key("service_role")).signed_with(legacy.clone()).sign();
        assert!(jwt.verify(&api_key, &Policy::access()).await.is_err());
    }
    Ok(())
}
