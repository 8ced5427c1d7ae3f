//! Loading keys by identity and by a token's own unverified statements.

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, LoadedKey, SigningKey, VerifyingKey};
use jwt_core::{Config, EncodeError, Issuer, JwtManager, JwtManagerBuilder, TokenError};

use crate::support::{Clock, HEADER, NOW, SECRET, at, builder, invalid, payload, refused, sign, token};
use crate::support_keys::{KINDS, signing, verifying};

const TENANT: &str = "another-battery-another-horse-another-battery-another-horse-anot";

fn tenant_signs() -> SigningKey {
    SigningKey::from_secret(Algorithm::HS256, TENANT).unwrap().with_id("tenant")
}

fn tenant_verifies() -> VerifyingKey {
    VerifyingKey::from_secret(Algorithm::HS256, TENANT).unwrap()
}

/// Returns a builder without keys.
fn keyless(config: Config) -> JwtManagerBuilder {
    JwtManager::builder(config).clock(Clock::new(at(NOW)).reader())
}

#[test]
fn an_identity_has_its_own_key_and_others_the_managers() {
    let jwt = builder(Config::default())
        .encode_key_loader(|identity| (identity == "tenant").then(tenant_signs))
        .build()
        .unwrap();
    let own = jwt.access_token("alice").encode().unwrap();
    assert!(jwt.decode(&own).is_ok());
    let theirs = jwt.access_token("tenant").encode().unwrap();
    assert_eq!(invalid(jwt.decode(&theirs)), InvalidToken::Signature);
    let tenant = keyless(Config::default()).public_key(tenant_verifies()).build().unwrap();
    let token = tenant.decode(&theirs).unwrap();
    assert_eq!(token.header()["kid"], "tenant");
    assert!(tenant.decode(&own).is_err());
}

#[test]
fn every_kind_of_key_can_be_given_by_loaders() {
    for algorithm in KINDS {
        let (signs, verifies) = (signing(algorithm), verifying(algorithm));
        let jwt = keyless(Config::default())
            .encode_key_loader(move |_| Some(signs.clone()))
            .decode_key_loader(move |_| Some(LoadedKey::own(verifies.clone())))
            .build()
            .unwrap();
        let text = jwt.access_token("alice").encode().unwrap();
        assert_eq!(jwt.decode(&text).unwrap().identity(), "alice", "{algorithm}");
        assert_eq!(invalid(jwt.decode(&token(&[]))), InvalidToken::AlgorithmNotAllowed, "{algorithm}");
    }
}

#[test]
fn a_token_says_which_key_and_nothing_else() {
    let jwt = builder(Config::default())
        .decode_key_loader(|token| match (token.key_id(), token.claims().get("sub")?.as_str()?) {
            (Some("tenant"), _) => Some(LoadedKey::own(tenant_verifies())),
            (None, "alice") => VerifyingKey::from_secret(Algorithm::HS256, SECRET).ok().map(LoadedKey::own),
            _ => None,
        })
        .build()
        .unwrap();
    assert!(jwt.decode(&token(&[])).is_ok());
    let by_tenant = |header: &str| {
        let key = keyless(Config::default()).key_pair(tenant_signs()).build().unwrap();
        let text = key.access_token("bob").header("kid", header).encode().unwrap();
        jwt.decode(&text)
    };
    assert_eq!(by_tenant("tenant").unwrap().identity(), "bob");
    assert_eq!(invalid(by_tenant("unknown")), InvalidToken::UnknownKey);
    // The name is right, but the key is not.
    let forged = sign(r#"{"alg":"HS256","kid":"tenant"}"#, payload(&[]));
    assert_eq!(invalid(jwt.decode(&forged)), InvalidToken::Signature);
    // The manager's rules apply to every key that the loader returns.
    assert_eq!(invalid(jwt.decode(&token(&[("jti", "")]))), InvalidToken::ClaimMissing("jti".into()));
    let past = (NOW - 1).to_string();
    assert!(matches!(refused(jwt.decode(&token(&[("exp", &past)]))), TokenError::Expired(_)));
}

#[test]
fn text_that_is_not_a_token_reaches_no_loader() {
    let jwt = keyless(Config::default())
        .decode_key_loader(|_| -> Option<LoadedKey> { panic!("asked") })
        .build()
        .unwrap();
    for text in
        ["", "a.b", "e30.e30", "e30.W10.x", "bnVsbA.e30.", "e30.e30.e30.e30", "e30.eyJhIjoxLCJhIjoyfQ."]
    {
        assert!(matches!(jwt.decode(text), Err(TokenError::Invalid(_))), "{text}");
    }
    assert_eq!(invalid(jwt.decode(&"a".repeat(20_000))), InvalidToken::TooLarge);
}

#[test]
fn tokens_of_other_issuers_are_not_the_loaders() {
    let issuer = Issuer::new("https://login.example", KeySet::single(tenant_verifies()));
    let jwt = keyless(Config::default())
        .decode_key_loader(|_| VerifyingKey::from_secret(Algorithm::HS256, SECRET).ok().map(LoadedKey::own))
        .trusted_issuer(issuer)
        .build()
        .unwrap();
    let of_issuer = payload(&[("iss", "\"https://login.example\"")]);
    assert_eq!(invalid(jwt.decode(&sign(HEADER, of_issuer))), InvalidToken::Signature);
    assert!(jwt.decode(&token(&[])).is_ok());
}

#[test]
fn a_token_is_read_without_verifying_where_it_says_so() {
    let jwt = builder(Config::default()).build().unwrap();
    let forged = format!("{}x", token(&[("role", "\"admin\"")]));
    let seen = jwt.insecure_unverified(&forged).unwrap();
    assert_eq!(
        (seen.header()["alg"].as_str(), seen.claims()["role"].as_str()),
        (Some("HS256"), Some("admin"))
    );
    assert_eq!(seen.key_id(), None);
    assert!(!format!("{seen:?}").contains("admin"));
    for text in ["", "a.b.c", "e30.e30", "e30.W10.x"] {
        assert!(jwt.insecure_unverified(text).is_err(), "{text}");
    }
}

#[test]
fn without_a_key_and_without_loaders_nothing_is_issued() {
    let jwt = keyless(Config::default()).decode_key_loader(|_| None).build().unwrap();
    let error = jwt.access_token("alice").encode().unwrap_err();
    assert!(matches!(error, EncodeError::NoSigningKey), "{error}");
}

#[test]
fn a_loader_that_fails_is_not_one_that_knows_no_key() {
    let why = "the database of keys is down";
    let verifying = move |_: &_| Err::<Option<LoadedKey>, _>(why);
    let jwt = builder(Config::default()).decode_key_loader(verifying).build().unwrap();
    assert!(matches!(refused(jwt.decode(&token(&[]))), TokenError::Unavailable(_)));
    let signing = move |_: &_| Err::<Option<SigningKey>, _>(why);
    let jwt = builder(Config::default()).encode_key_loader(signing).build().unwrap();
    let error = jwt.access_token("alice").encode().unwrap_err();
    assert!(matches!(error, EncodeError::KeyUnavailable(_)));
    let answer = error.response();
    assert_eq!((answer.status().as_u16(), &answer.headers()["retry-after"]), (503, &"1".parse().unwrap()));
}

#[test]
fn the_key_of_one_tenant_verifies_no_token_of_another() {
    let key = |name: &str| format!("{name}, V9sYtL3mQz7rKx0dNf5wHb2jUc8eGp4a");
    let tenants = [("a", "https://a.example"), ("b", "https://b.example")];
    let loaded = move |token: &jwt_core::token::UnverifiedToken| {
        let (id, issuer) = *tenants.iter().find(|(id, _)| token.key_id() == Some(id))?;
        Some(LoadedKey::for_issuer(VerifyingKey::from_secret(Algorithm::HS256, key(id)).unwrap(), issuer))
    };
    let configs = [
        Config::default(),
        Config::flask_compatible(),
        Config::default().decode_issuer(["https://a.example", "https://b.example"]),
    ];
    for config in configs {
        let jwt = keyless(config).decode_key_loader(loaded).build().unwrap();
        let by = |id: &str, issuer: Option<&str>| {
            let config =
                issuer.map_or_else(Config::default, |issuer| Config::default().encode_issuer(issuer));
            let signs = SigningKey::from_secret(Algorithm::HS256, key(id)).unwrap().with_id(id);
            let tenant = keyless(config).key_pair(signs).build().unwrap();
            jwt.decode(&tenant.access_token("alice").header("kid", id).encode().unwrap())
        };
        for (id, issuer) in tenants {
            assert_eq!(by(id, Some(issuer)).unwrap().issuer(), Some(issuer));
            for (_, other) in tenants.iter().filter(|(other, _)| *other != id) {
                assert_eq!(invalid(by(id, Some(other))), InvalidToken::Issuer);
            }
            for other in
                [None, Some("https://a.example/"), Some("https://A.example"), Some("https://c.example")]
            {
                assert_eq!(invalid(by(id, other)), InvalidToken::Issuer, "{other:?}");
            }
        }
    }
    // What the configuration expects applies as well.
    let narrow = keyless(Config::default().decode_issuer(["https://b.example"])).decode_key_loader(loaded);
    let config = Config::default().encode_issuer("https://a.example");
    let signs = SigningKey::from_secret(Algorithm::HS256, key("a")).unwrap();
    let tenant = keyless(config).key_pair(signs).build().unwrap();
    let text = tenant.access_token("alice").header("kid", "a").encode().unwrap();
    assert_eq!(invalid(narrow.build().unwrap().decode(&text)), InvalidToken::Issuer);
}

#[test]
fn an_own_key_verifies_only_what_the_manager_itself_could_have_issued() {
    let own = |_: &_| VerifyingKey::from_secret(Algorithm::HS256, SECRET).ok().map(LoadedKey::own);
    let ask = |config: Config, iss: &str| {
        let jwt = keyless(config).decode_key_loader(own).build().unwrap();
        jwt.decode(&token(&[("iss", iss)])).map(|_| ())
    };
    let (me, other) = ("\"me\"", "\"other\"");
    for (config, accepted) in [
        (Config::default(), &[""][..]),
        (Config::default().encode_issuer("me"), &["", me]),
        (Config::default().issuer("me"), &[me]),
        (Config::default().issuer("me").decode_issuer(["me", "other"]), &[me]),
        // None of several is the manager's own.
        (Config::default().decode_issuer(["me", "other"]), &[]),
        (Config::flask_compatible(), &["", me, other]),
    ] {
        for iss in ["", me, other] {
            assert_eq!(ask(config.clone(), iss).is_ok(), accepted.contains(&iss), "{iss} {accepted:?}");
        }
    }
    let empty = |_: &_| {
        VerifyingKey::from_secret(Algorithm::HS256, SECRET).ok().map(|key| LoadedKey::for_issuer(key, ""))
    };
    let jwt = keyless(Config::flask_compatible()).decode_key_loader(empty).build().unwrap();
    for iss in ["", "\"\"", "null"] {
        assert_eq!(invalid(jwt.decode(&token(&[("iss", iss)]))), InvalidToken::Issuer, "{iss}");
    }
}
