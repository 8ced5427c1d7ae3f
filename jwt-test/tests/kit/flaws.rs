use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use jwt_core::keys::{Algorithm, KeyRing, Secret, SigningKey};
use jwt_core::{
    AuthorityClaim, Config, Issuer, JwtManager, JwtManagerBuilder, Policy, TokenError, TokenKind,
};
use jwt_test::{FakeIssuer, Flaw, GoodToken};
use serde_json::{Map, Value, json};

const POLICY: Policy = Policy::access().fresh().scopes(&["orders:write"]);

fn builder(config: Config) -> JwtManagerBuilder {
    let now = UNIX_EPOCH + Duration::from_secs(1_800_000_000);
    JwtManager::builder(config).clock(move || now)
}

/// A secret that is long enough for every algorithm.
fn random() -> Secret {
    let mut bytes = [0; 64];
    getrandom::fill(&mut bytes).unwrap();
    Secret::from(bytes)
}

fn strict() -> Config {
    Config::default().issuer("https://shop.example").audience("orders")
}

fn good(jwt: &JwtManager) -> String {
    jwt.access_token("alice").fresh().scopes(["orders:write"]).encode().unwrap()
}

/// Returns why a manager rejects a token.
async fn rejected(jwt: &JwtManager, text: &str, policy: &Policy) -> String {
    match jwt.verify(text, policy).await {
        Ok(_) => "accepted".to_owned(),
        Err(TokenError::Invalid(why)) => format!("{why:?}"),
        Err(error) => error.kind().as_str().to_owned(),
    }
}

/// The flaws of a token of a strict manager, and how it rejects them.
const REJECTED: [(Flaw, &str); 15] = [
    (Flaw::Unsigned, "AlgorithmNotAllowed"),
    (Flaw::OtherKey, "Signature"),
    (Flaw::Tampered, "Signature"),
    (Flaw::Garbled, "Segments(TooFew)"),
    (Flaw::Expired, "expired_token"),
    (Flaw::NotYetValid, "NotYetValid(\"nbf\")"),
    (Flaw::OtherAudience, "Audience"),
    (Flaw::OtherIssuer, "Issuer"),
    (Flaw::OtherKind, "Kind(\"access\")"),
    (Flaw::OtherType, "Type"),
    (Flaw::Bound, "Confirmation"),
    (Flaw::NoExpiry, "ClaimMissing(\"exp\")"),
    (Flaw::NoId, "ClaimMissing(\"jti\")"),
    (Flaw::Stale, "needs_fresh_token"),
    (Flaw::NoAuthorities, "insufficient_scope"),
];

/// The stages that reject tokens with these flaws, in the same order.
const STAGES: [&str; 15] = [
    "header",
    "signature",
    "signature",
    "form",
    "expiry",
    "times",
    "audience",
    "iss",
    "kind",
    "header",
    "confirmation",
    "claims",
    "claims",
    "login",
    "authorities",
];

#[tokio::test]
async fn explain_names_the_stage_that_rejects_each_flaw() {
    let jwt = builder(strict()).secret(random()).build().unwrap();
    let text = good(&jwt);
    assert!(jwt.explain(&text, &POLICY).await.rejected_by().is_none());
    let mut stages = Vec::new();
    for (flaw, text) in GoodToken::new(&jwt, &text).flawed() {
        let explanation = jwt.explain(&text, &POLICY).await;
        let error = jwt.verify(&text, &POLICY).await.unwrap_err();
        assert_eq!(explanation.code(), Some(error.code()), "{flaw}");
        stages.push(explanation.rejected_by().unwrap().name());
    }
    assert_eq!(stages, STAGES);
}

#[tokio::test]
async fn each_token_is_rejected_for_its_flaw() {
    let pem = include_str!("../../keys/rsa8.pem");
    let ring = || KeyRing::new(SigningKey::from_pem(Algorithm::RS256, pem).unwrap());
    for jwt in [
        builder(strict()).secret(random()).build().unwrap(),
        builder(strict().algorithm(Algorithm::HS512)).secret(random()).build().unwrap(),
        builder(strict()).keys(ring()).build().unwrap(),
        builder(strict().kind_claim("token_use").access_kinds(["a"]).refresh_kinds(["r"]))
            .secret(random())
            .build()
            .unwrap(),
    ] {
        let text = good(&jwt);
        assert_eq!(rejected(&jwt, &text, &POLICY).await, "accepted");
        let mut seen = Vec::new();
        for (flaw, text) in GoodToken::new(&jwt, &text).flawed() {
            seen.push((flaw, rejected(&jwt, &text, &POLICY).await));
        }
        assert_eq!(seen, REJECTED.map(|(flaw, why)| (flaw, why.to_owned())));
    }
}

#[test]
fn nothing_else_is_wrong() {
    let jwt = builder(strict()).secret(random()).build().unwrap();
    let text = good(&jwt);
    let before = jwt.insecure_unverified(&text).unwrap();
    let differences = |before: &Map<String, Value>, after: &Map<String, Value>| {
        let names: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        names.into_iter().filter(|name| before.get(*name) != after.get(*name)).cloned().collect::<Vec<_>>()
    };
    for (flaw, text) in GoodToken::new(&jwt, &text).flawed().filter(|(flaw, _)| *flaw != Flaw::Garbled) {
        let after = jwt.insecure_unverified(&text).unwrap();
        let header = differences(before.header(), after.header());
        let claims = differences(before.claims(), after.claims());
        let [header, claims] =
            [&header, &claims].map(|names| names.iter().map(String::as_str).collect::<Vec<_>>());
        let expected: (&[&str], &[&str]) = match flaw {
            Flaw::Unsigned => (&["alg"], &[]),
            Flaw::OtherType => (&["typ"], &[]),
            Flaw::OtherKey => (&[], &[]),
            Flaw::Tampered => (&[], &["tampered"]),
            Flaw::Expired => (&[], &["exp", "iat", "nbf"]),
            Flaw::NotYetValid => (&[], &["nbf"]),
            Flaw::OtherAudience => (&[], &["aud"]),
            Flaw::OtherIssuer => (&[], &["iss"]),
            Flaw::OtherKind => (&[], &["type"]),
            Flaw::Bound => (&[], &["cnf"]),
            Flaw::NoExpiry => (&[], &["exp"]),
            Flaw::NoId => (&[], &["jti"]),
            Flaw::Stale => (&[], &["fresh"]),
            Flaw::NoAuthorities => (&[], &["scope"]),
            other => panic!("{other:?} is not in this table"),
        };
        assert_eq!((&*header, &*claims), expected, "{flaw:?}");
    }
}

#[tokio::test]
async fn there_is_no_token_for_what_the_configuration_accepts() {
    use Flaw::{Bound, NoAuthorities, NoExpiry, NoId, OtherAudience, OtherIssuer, OtherType, Stale};
    for (config, expected) in [
        (Config::default(), &[OtherIssuer, Stale, NoAuthorities][..]),
        (Config::jsonwebtoken_compatible(), &[OtherIssuer, NoId, Stale, NoAuthorities]),
        (
            Config::flask_compatible(),
            &[OtherAudience, OtherIssuer, OtherType, Bound, NoExpiry, NoId, Stale, NoAuthorities],
        ),
    ] {
        let jwt = builder(config).secret(random()).build().unwrap();
        // Such a token is not fresh and has no authorities.
        let text = jwt.access_token("alice").encode().unwrap();
        let good = GoodToken::new(&jwt, &text);
        let absent: Vec<_> = Flaw::ALL.iter().copied().filter(|flaw| good.with(*flaw).is_none()).collect();
        assert_eq!(absent, expected);
        for (flaw, text) in good.flawed() {
            assert_ne!(rejected(&jwt, &text, &Policy::access()).await, "accepted", "{flaw:?}");
        }
    }
}

#[tokio::test]
async fn the_other_kind_of_a_refresh_token_is_an_access_token() {
    const RESET: TokenKind = TokenKind::custom("reset");
    let jwt = builder(strict()).secret(random()).build().unwrap();
    for (kind, policy) in [(TokenKind::REFRESH, Policy::refresh()), (RESET, Policy::of(RESET))] {
        let text = jwt.token(kind, "alice").encode().unwrap();
        let other = GoodToken::new(&jwt, &text).with(Flaw::OtherKind).unwrap();
        assert_eq!(jwt.decode(&other).unwrap().kind(), "access");
        assert_ne!(rejected(&jwt, &other, &policy).await, "accepted");
    }
}

#[tokio::test]
async fn tokens_of_an_issuer_have_its_key() {
    let login = FakeIssuer::start();
    let issuer = || Issuer::new(login.url(), login.key_set()).audience("api");
    let policy = Policy::access().scopes(&["orders:write"]);
    for (issuer, typ, other_kind) in [
        (issuer().audience_alone(), "JWT", true),
        (issuer().access_typ(["at+jwt"]), "at+jwt", false),
        (issuer().kind_claim("token_use", ["access"]), "JWT", true),
    ] {
        let jwt = JwtManager::builder(Config::default()).trusted_issuer(issuer).build().unwrap();
        let token =
            login.token().header("typ", typ).claim("scope", "orders:write").claim("token_use", "access");
        let text = token.sign();
        assert_eq!(rejected(&jwt, &text, &policy).await, "accepted");
        let good = GoodToken::of_issuer(&jwt, &login, &text);
        for (flaw, text) in good.flawed() {
            let why = rejected(&jwt, &text, &policy).await;
            // The keys are for the issuer with this name. The others are the same as above.
            let expected = REJECTED.into_iter().find(|(other, _)| *other == flaw).unwrap().1;
            assert_eq!(why, expected, "{flaw:?}");
        }
        assert_eq!(good.with(Flaw::OtherKind).is_some(), other_kind);
        // Issuers need not write them.
        assert_eq!((good.with(Flaw::NoId), good.with(Flaw::Stale)), (None, None));
        assert!(good.with(Flaw::NoExpiry).is_some() && good.with(Flaw::NoAuthorities).is_some());
    }
}

#[tokio::test]
async fn claims_that_hold_authorities_can_be_required() {
    let roles = AuthorityClaim::nested(["realm", "roles"]).prefix("role:");
    let config = strict().required_claims(["scope", "realm"]);
    let config = config.authorities([AuthorityClaim::new("scope"), roles]);
    let jwt = builder(config).secret(random()).build().unwrap();
    let token = jwt.access_token("alice").scopes(["orders:write"]);
    let text = token.claim("realm", json!({ "name": "shop", "roles": ["editor"] })).encode().unwrap();
    let flawed = GoodToken::new(&jwt, &text).with(Flaw::NoAuthorities).unwrap();
    let policy = Policy::access().scopes(&["orders:write"]);
    assert_eq!(rejected(&jwt, &flawed, &policy).await, "insufficient_scope");
    let claims = jwt.insecure_unverified(&flawed).unwrap();
    assert_eq!(claims.claims()["realm"], json!({ "name": "shop", "roles": [] }));
}

#[test]
fn other_keys_are_not_those_of_the_manager() {
    let pem = include_str!("../../keys/rsa1.pem");
    let ring = KeyRing::new(SigningKey::from_pem(Algorithm::RS256, pem).unwrap());
    let jwt = builder(strict()).keys(ring).build().unwrap();
    let other = GoodToken::new(&jwt, &good(&jwt)).with(Flaw::OtherKey).unwrap();
    assert!(jwt.decode(&other).is_err());
}

#[test]
#[should_panic(expected = "the manager does not accept the token that should be good: token has expired")]
fn a_good_token_is_accepted() {
    let jwt = builder(strict()).secret(random()).build().unwrap();
    let text = jwt.access_token("alice").expires_at(UNIX_EPOCH).encode().unwrap();
    let _ = GoodToken::new(&jwt, &text);
}
