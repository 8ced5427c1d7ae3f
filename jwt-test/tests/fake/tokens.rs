use std::time::{Duration, SystemTime, UNIX_EPOCH};

use base64::prelude::{BASE64_URL_SAFE_NO_PAD, Engine as _};
use jwt_core::keys::{Algorithm, Secret, SigningKey};
use jwt_test::FakeIssuer;
use serde_json::{Value, json};

use crate::up_to_date;

fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_millis(1_800_000_000_900)
}

fn fixed() -> FakeIssuer {
    FakeIssuer::builder().clock(now).start()
}

/// Returns the header and the claims of a token.
pub(crate) fn parts(token: &str) -> (Value, Value) {
    let [header, payload, _] = *token.split('.').collect::<Vec<_>>() else { panic!("three segments") };
    let read = |segment| serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(segment).unwrap()).unwrap();
    (read(header), read(payload))
}

#[test]
fn a_token_has_sensible_defaults() {
    let issuer = fixed();
    let (header, mut claims) = parts(&issuer.token().sign());
    assert_eq!(header, json!({"alg": "ES256", "typ": "JWT", "kid": issuer.kid()}));
    let id = claims["jti"].take();
    assert_eq!(id.as_str().unwrap().len(), 22);
    let expected = json!({
        "iss": issuer.url(),
        "sub": "user",
        "aud": "api",
        "iat": 1_800_000_000,
        "exp": 1_800_003_600,
        "jti": null,
    });
    assert_eq!(claims, expected);
    let token = issuer.token();
    assert_ne!(parts(&token.sign()).1["jti"], parts(&token.sign()).1["jti"]);
}

#[test]
fn every_claim_can_be_set_and_removed() {
    let issuer = FakeIssuer::builder().clock(now).audience(vec!["one", "two"]).start();
    assert_eq!(parts(&issuer.token().sign()).1["aud"], json!(["one", "two"]));

    let token = issuer.token().subject("alice").audience("web").claim("roles", ["a", "b"]).without("jti");
    let (_, claims) = parts(&token.claim("iss", "https://other.example").without("nothing").sign());
    assert_eq!(
        claims,
        json!({
            "iss": "https://other.example",
            "sub": "alice",
            "aud": "web",
            "roles": ["a", "b"],
            "iat": 1_800_000_000,
            "exp": 1_800_003_600,
        })
    );

    let of = |token: jwt_test::FakeToken| parts(&token.sign()).1;
    assert_eq!(of(issuer.token().subject(7))["sub"], 7);
    assert_eq!(of(issuer.token().claim("a", 1).without("a").claim("b", 1).claim("b", 2))["b"], 2);
    assert_eq!(of(issuer.token().claim("a", 1).without("a")).get("a"), None);
    let all = json!({"a": 1});
    assert_eq!(of(issuer.token().claim("b", 2).claims(all).claim("c", 3)), json!({"a": 1, "c": 3}));
}

#[test]
fn a_token_has_any_time() {
    let issuer = fixed();
    let times = |token: jwt_test::FakeToken| {
        let (_, claims) = parts(&token.sign());
        (claims["iat"].as_i64().unwrap(), claims["exp"].as_i64().unwrap())
    };
    assert_eq!(times(issuer.token().issued_at(UNIX_EPOCH)), (0, 3600));
    let expiring = |token: jwt_test::FakeToken| token.expires_at(UNIX_EPOCH + Duration::from_millis(5900));
    assert_eq!(times(expiring(issuer.token())), (1_800_000_000, 5));
    assert_eq!(times(expiring(issuer.token()).issued_at(UNIX_EPOCH)), (0, 5));
    assert_eq!(times(expiring(issuer.token().issued_at(UNIX_EPOCH))), (0, 5));
    // Rounded down before the epoch as well.
    let before = UNIX_EPOCH - Duration::from_millis(1500);
    assert_eq!(times(issuer.token().issued_at(before)), (-2, 3598));

    let issuer = FakeIssuer::start();
    let jwt = up_to_date(&issuer);
    let (past, later) =
        (SystemTime::now() - Duration::from_secs(9), SystemTime::now() + Duration::from_secs(9));
    assert!(jwt.decode(&issuer.token().expires_at(past).sign()).is_err());
    assert!(jwt.decode(&issuer.token().expires_at(later).sign()).is_ok());
}

#[test]
fn every_header_parameter_can_be_set_and_removed() {
    let issuer = FakeIssuer::start();
    let of = |token: jwt_test::FakeToken| parts(&token.sign()).0;
    let kid = issuer.kid();
    let token = issuer.token().header("typ", "at+jwt").header("crit", ["exp"]);
    assert_eq!(of(token), json!({"alg": "ES256", "kid": kid, "typ": "at+jwt", "crit": ["exp"]}));
    assert_eq!(of(issuer.token().without_header("typ").without_header("kid")), json!({"alg": "ES256"}));
    assert_eq!(of(issuer.token().header("a", 1).headers(json!({"alg": "none"}))), json!({"alg": "none"}));

    // The signature covers the header that was set.
    let jwt = up_to_date(&issuer);
    assert!(jwt.decode(&issuer.token().header("x", 1).sign()).is_ok());
    assert!(jwt.decode(&issuer.token().header("alg", "ES384").sign()).is_err());
}

#[test]
fn a_payload_is_any_bytes() {
    let issuer = FakeIssuer::start();
    let token = issuer.token().claim("a", 1).payload(r#"{"sub":"a","sub":"b"}"#).sign();
    let payload = BASE64_URL_SAFE_NO_PAD.decode(token.split('.').nth(1).unwrap()).unwrap();
    assert_eq!(payload, br#"{"sub":"a","sub":"b"}"#);
    assert!(up_to_date(&issuer).decode(&token).is_err());
    assert!(issuer.token().payload([0xff]).sign().contains("._w."));
}

#[test]
#[should_panic(expected = "the claims of a token must be a JSON object")]
fn claims_are_an_object() {
    let _ = FakeIssuer::start().token().claims(json!([1]));
}

#[test]
fn tokens_of_other_keys_are_rejected() {
    let issuer = FakeIssuer::start();
    let jwt = up_to_date(&issuer);

    let unknown = issuer.token().signed_by_unknown_key();
    let (one, other) = (unknown.sign(), unknown.sign());
    assert_ne!(parts(&one).0["kid"], parts(&other).0["kid"]);
    assert_ne!(parts(&one).0["kid"], issuer.kid());
    let forged = issuer.token().forged().sign();
    assert_eq!(parts(&forged).0["kid"], issuer.kid());
    let unsigned = issuer.token().unsigned().sign();
    assert_eq!(parts(&unsigned).0, json!({"alg": "none", "typ": "JWT"}));
    assert!(unsigned.ends_with('.'));

    let secret = SigningKey::from_secret(Algorithm::HS256, Secret::generate().unwrap()).unwrap();
    let shared = issuer.token().signed_with(secret.clone().with_id("shared")).sign();
    assert_eq!(parts(&shared).0, json!({"alg": "HS256", "typ": "JWT", "kid": "shared"}));
    let keys = issuer.key_set().with_key(secret.verifying_key().clone().with_id("shared")).unwrap();
    assert!(crate::manager(&issuer, keys).decode(&shared).is_ok());

    for bad in [one, other, forged, unsigned, shared] {
        assert!(jwt.decode(&bad).is_err());
    }
    // The issuer has not learned any of the keys.
    assert_eq!(issuer.published().len(), 1);
}

#[test]
fn a_token_is_signed_with_the_key_of_the_moment() {
    let issuer = FakeIssuer::start();
    let token = issuer.token();
    let old = token.sign();
    let kid = issuer.rotate();
    assert_ne!(parts(&old).0["kid"], kid);
    assert_eq!(parts(&token.sign()).0["kid"], kid);
}

#[test]
fn nothing_prints_a_key_or_a_claim() {
    let builder = FakeIssuer::builder().audience("private audience");
    let printed = format!("{builder:?}");
    let issuer = builder.start();
    let token = issuer.token().claim("secret", "private claim");
    for text in [printed, format!("{issuer:?}"), format!("{token:#?}")] {
        assert!(text.contains("Fake"), "{text}");
        for secret in ["private", "PRIVATE", "SigningKey", "eyJ"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
}
