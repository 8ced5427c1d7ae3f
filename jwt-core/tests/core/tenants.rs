//! Issuers with one name per tenant.

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{Config, Issuer, JwtManager, Policy, Token};

use crate::support::{HEADER, SECRET, bearer, block_on, invalid, payload, sign};
use crate::support_keys::{keyless, signing};

const TEMPLATE: &str = "https://login.example/{tenant}/v2.0";
const ACME: &str = "https://login.example/acme/v2.0";

fn keys() -> KeySet {
    KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap())
}

fn tenants(template: &str) -> Issuer {
    Issuer::tenants(template, keys(), |tenant| tenant != "stranger")
}

fn trusting(issuer: Issuer) -> JwtManager {
    keyless(Config::default()).trusted_issuer(issuer).build().unwrap()
}

fn token_of(iss: &str) -> String {
    sign(HEADER, payload(&[("iss", &serde_json::to_string(iss).unwrap())]))
}

#[test]
fn the_tokens_of_each_tenant_that_is_ours_are_accepted() {
    let jwt = trusting(tenants(TEMPLATE));
    let longest = "a".repeat(64);
    for tenant in ["acme", "9188040d-6c67-4c5b-b112-36a304b66dad", "ACME", "-", "0", &longest] {
        let iss = format!("https://login.example/{tenant}/v2.0");
        let token = jwt.decode(&token_of(&iss)).unwrap();
        assert_eq!((token.issuer(), token.identity()), (Some(&*iss), "alice"));
    }
}

#[test]
fn nothing_else_matches_a_template() {
    let jwt = trusting(tenants(TEMPLATE));
    let too_long = "a".repeat(65);
    let long = "a".repeat(5_000);
    for tenant in [
        "", "stranger", "a.b", "a/b", "../acme", "a b", "a_b", "{tenant}", "a%2Fb", "\u{e9}", "acme\0",
        "acme\n", &too_long, &long,
    ] {
        let iss = format!("https://login.example/{tenant}/v2.0");
        assert_eq!(invalid(jwt.decode(&token_of(&iss))), InvalidToken::Issuer, "{tenant:?}");
    }
    for iss in [
        TEMPLATE,
        "https://login.example/acme/v2.0/",
        "https://login.example/acme/v1.0",
        "http://login.example/acme/v2.0",
        "https://LOGIN.example/acme/v2.0",
        "https://login.example//v2.0",
        "https://login.example/v2.0",
        " https://login.example/acme/v2.0",
        "acme",
        "",
    ] {
        assert_eq!(invalid(jwt.decode(&token_of(iss))), InvalidToken::Issuer, "{iss:?}");
    }
    // The prefix and the suffix must not overlap.
    let jwt = trusting(tenants("a-{tenant}-b"));
    for iss in ["a-b", "a--b"] {
        assert_eq!(invalid(jwt.decode(&token_of(iss))), InvalidToken::Issuer, "{iss}");
    }
    assert!(jwt.decode(&token_of("a-c-b")).is_ok());
}

#[test]
fn policies_name_all_tenants_or_one() {
    let own = keyless(Config::default()).key_pair(signing(Algorithm::ES256));
    let jwt = own.trusted_issuer(tenants(TEMPLATE)).build().unwrap();
    let other = "https://login.example/other/v2.0";
    let verify = |iss: &str, policy: Policy| block_on(jwt.verify(&token_of(iss), &policy));
    for (policy, acme, others) in [
        (Policy::access(), false, false),
        (Policy::access().any_issuer(), true, true),
        (Policy::access().issuers(&[TEMPLATE]), true, true),
        (Policy::access().issuer(TEMPLATE), true, true),
        (Policy::access().issuers(&[ACME]), true, false),
        (Policy::access().issuer(ACME), true, false),
        (Policy::access().issuer("https://login.example/{other}/v2.0"), false, false),
    ] {
        assert_eq!(verify(ACME, policy.clone()).is_ok(), acme);
        assert_eq!(verify(other, policy.clone()).is_ok(), others);
        assert!(verify("https://login.example/stranger/v2.0", policy).is_err());
    }
}

#[test]
fn users_of_all_tenants_or_of_one_are_loaded() {
    for (name, mine) in [(TEMPLATE, 2), (ACME, 1)] {
        let loads = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
        let counter = std::sync::Arc::clone(&loads);
        let jwt = keyless(Config::default())
            .trusted_issuer(tenants(TEMPLATE))
            .user_lookup_loader_for(name, move |token: Token| {
                counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
                std::future::ready(token.issuer().map(str::to_owned))
            })
            .build()
            .unwrap();
        for iss in [ACME, "https://login.example/other/v2.0"] {
            let checked = jwt.check(&bearer(&token_of(iss)), &Policy::access()).unwrap();
            let user = block_on(jwt.complete(checked)).unwrap().user::<String>();
            assert!(user.is_err() || *user.unwrap() == iss);
        }
        assert_eq!(loads.load(std::sync::atomic::Ordering::Relaxed), mine, "{name}");
    }
}

#[test]
fn templates_have_one_tenant_and_names_have_none() {
    for template in [
        "",
        "{tenant}",
        "{tenant}/v2.0",
        "https://login.example",
        "https://login.example/{tenantid}/v2.0",
        "https://{tenant}.example/{tenant}",
        "https://login.example/{tenant}/{x}",
        "https://login.example/}{tenant}",
    ] {
        let built = keyless(Config::default()).trusted_issuer(tenants(template)).build();
        let text = built.unwrap_err().to_string();
        assert!(text.starts_with("Issuer::"), "{template}: {text}");
    }
    let built = keyless(Config::default()).trusted_issuer(Issuer::new(TEMPLATE, keys())).build();
    assert!(built.unwrap_err().to_string().contains("Issuer::tenants"));
}

#[test]
fn a_template_must_not_match_the_manager_itself() {
    for config in [Config::default().encode_issuer(ACME), Config::default().decode_issuer([ACME])] {
        let own = keyless(config).key_pair(signing(Algorithm::ES256));
        let error = own.trusted_issuer(tenants(TEMPLATE)).build().unwrap_err();
        assert!(error.to_string().starts_with("trusted_issuer has the name of another issuer"), "{error}");
    }
}

#[test]
fn a_template_is_not_the_name_of_an_issuer_that_has_its_form() {
    const EVIL: &str = "https://login.example/evil/v2.0";
    let issuers = || [tenants(TEMPLATE), Issuer::new(EVIL, keys()).audience("other")];
    let own = || keyless(Config::default()).key_pair(signing(Algorithm::ES256));
    let build = |builder: jwt_core::JwtManagerBuilder| {
        issuers().into_iter().fold(builder, |builder, issuer| builder.trusted_issuer(issuer)).build().unwrap()
    };
    let jwt = build(own());
    let token = sign(HEADER, payload(&[("iss", &format!("\"{EVIL}\"")), ("aud", "\"other\"")]));
    for (policy, is_accepted) in [
        (Policy::access().issuers(&[TEMPLATE]), false),
        (Policy::access().issuer(TEMPLATE), false),
        (Policy::access().issuer(EVIL), true),
        (Policy::access().any_issuer(), true),
    ] {
        assert_eq!(block_on(jwt.verify(&token, &policy)).is_ok(), is_accepted);
    }
    // Each has its own users. The loader of one tenant precedes that of all tenants, whatever their order is.
    let loader = |name: &'static str| move |_: Token| std::future::ready(Some(name));
    let jwt = build(
        keyless(Config::default())
            .without_own_keys()
            .user_lookup_loader_for(TEMPLATE, loader("all tenants"))
            .user_lookup_loader_for(ACME, loader("acme"))
            .user_lookup_loader_for(EVIL, loader("evil")),
    );
    let user = |token: &str| {
        let authenticated = block_on(jwt.verify(token, &Policy::access())).unwrap();
        *authenticated.user::<&'static str>().unwrap()
    };
    assert_eq!(user(&token), "evil");
    assert_eq!(user(&token_of(ACME)), "acme");
    assert_eq!(user(&token_of("https://login.example/other/v2.0")), "all tenants");
}
