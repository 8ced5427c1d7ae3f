//! Identities that a token can be issued for, and structs of claims that include the library's own claims.

use std::borrow::Cow;
use std::sync::Arc;

use jwt_core::token::{Identity, IntoIdentity};
use jwt_core::{Config, EncodeError, JwtManager, TokenKind};
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::issuing_refused::why;
use crate::support::{NOW, block_on, builder, manager, secs, text_of};
use crate::support_sessions::house;

fn identity(jwt: &JwtManager, of: impl IntoIdentity) -> String {
    jwt.decode(&jwt.access_token(of).encode().unwrap()).unwrap().identity().to_owned()
}

fn payload(token: &str) -> Value {
    serde_json::from_str(&text_of(token, 1)).unwrap()
}

#[derive(Clone)]
struct UserId(i64);

impl IntoIdentity for UserId {
    fn into_identity(self) -> Identity {
        self.0.into_identity()
    }
}

#[test]
#[allow(clippy::needless_borrows_for_generic_args, reason = "references are what is tested")]
fn text_integers_and_uuids_are_written_as_text() {
    let jwt = manager(Config::default());
    let text = String::from("alice");
    assert_eq!(identity(&jwt, "alice"), "alice");
    assert_eq!(identity(&jwt, &text), "alice");
    assert_eq!(identity(&jwt, &&*text), "alice");
    assert_eq!(identity(&jwt, Cow::Borrowed("alice")), "alice");
    assert_eq!(identity(&jwt, Box::<str>::from("alice")), "alice");
    assert_eq!(identity(&jwt, Arc::<str>::from("alice")), "alice");
    assert_eq!(identity(&jwt, 42), "42");
    assert_eq!(identity(&jwt, &i64::MIN), i64::MIN.to_string());
    assert_eq!(identity(&jwt, u128::MAX), u128::MAX.to_string());
    assert_eq!(identity(&jwt, UserId(7)), "7");
    assert_eq!(identity(&jwt, &UserId(7)), "7");
    let uuid = Uuid::from_u128(0x0123_4567_89ab_cdef_0123_4567_89ab_cdef);
    assert_eq!(identity(&jwt, uuid), "01234567-89ab-cdef-0123-456789abcdef");
    let written = payload(&jwt.access_token(42).encode().unwrap());
    assert_eq!(written["sub"], "42", "a string (RFC 7519, 4.1.2)");
}

#[test]
fn a_login_takes_the_same() {
    let house = house(Config::default());
    let pair = block_on(async { house.jwt.log_in(UserId(7)).await }).unwrap();
    for text in [pair.access(), pair.refresh()] {
        assert_eq!(house.jwt.decode(text).unwrap().identity(), "7");
    }
    assert_eq!(block_on(house.jwt.list_sessions("7")).unwrap().len(), 1);
    assert_eq!(block_on(house.jwt.list_sessions(7)).unwrap().len(), 1);
    assert_eq!(block_on(house.jwt.end_sessions(7_u64)).unwrap(), 1);
}

#[test]
fn an_identity_does_not_show_itself() {
    assert!(
        !format!("{:?} {:?}", Identity::text("alice"), Identity::value(json!({"x": "alice"})))
            .contains("alice")
    );
}

#[derive(Serialize)]
struct Claims<'a> {
    sub: &'a str,
    exp: u64,
    iat: u64,
    role: &'a str,
    nbf: Option<u64>,
}

const CLAIMS: Claims<'_> = Claims { sub: "alice", exp: NOW + 7, iat: 5, role: "admin", nbf: None };

#[test]
fn a_struct_of_claims_sets_the_expiry_and_repeats_the_identity() {
    let jwt = manager(Config::default());
    let written = payload(&jwt.access_token("alice").claims(&CLAIMS).encode().unwrap());
    assert_eq!(
        (&written["sub"], &written["exp"], &written["role"]),
        (&json!("alice"), &json!(NOW + 7), &json!("admin"))
    );
    // Only the manager's clock determines these.
    assert_eq!((&written["iat"], &written["nbf"]), (&json!(NOW), &json!(NOW)));

    let overridden = jwt.access_token("alice").claims(&CLAIMS).expires_in(secs(3)).encode().unwrap();
    assert_eq!(payload(&overridden)["exp"], NOW + 3);
    let text = jwt.access_token("alice").claims(&CLAIMS).encode().unwrap();
    assert_eq!(text_of(&text, 1).matches("\"exp\"").count(), 1, "a name must not appear twice");

    // A `null` does not take the expiry of the loader away.
    let with_loader =
        builder(Config::default()).additional_claims_loader(|_: &Value| json!({"exp": NOW + 9}));
    let text = with_loader.build().unwrap().access_token("alice").claim("exp", None::<u64>).encode().unwrap();
    assert_eq!(payload(&text)["exp"], NOW + 9);
}

/// A struct with an integer reads its own tokens back, or none is issued.
#[test]
fn an_integer_of_a_struct_is_the_identity_if_its_text_is() {
    #[derive(Serialize, serde::Deserialize)]
    struct Claims {
        user_id: i64,
    }
    let jwt = manager(Config::default().identity_claim("user_id"));
    let text = jwt.access_token(42).claims(&Claims { user_id: 42 }).encode().unwrap();
    let token = jwt.decode(&text).unwrap();
    assert_eq!((token.identity(), token.claims_as::<Claims>().unwrap().user_id), ("42", 42));
    assert!(matches!(why(jwt.access_token(42).claim("user_id", 43)), EncodeError::ReservedClaim(_)));
    assert!(matches!(why(jwt.access_token(42).claim("user_id", 42.0)), EncodeError::ReservedClaim(_)));
    // RFC 7519, 4.1.2: `sub` is a string.
    let strict = manager(Config::default());
    assert!(matches!(why(strict.access_token(42).claim("sub", 42)), EncodeError::SubjectNotText));
    assert!(strict.access_token(42).claim("sub", "42").encode().is_ok());
    let lax = manager(Config::default().verify_sub(false));
    assert_eq!(payload(&lax.access_token(42).claim("sub", 42).encode().unwrap())["sub"], 42);
}

#[test]
fn what_the_configuration_says_may_be_repeated() {
    let jwt = manager(Config::default().encode_audience(["a", "b"]).decode_audience(["a"]).issuer("me"));
    let same = json!({"iss": "me", "aud": ["a", "b"], "type": "access", "jti": null, "csrf": null});
    let written = payload(&jwt.access_token("alice").claims(&same).encode().unwrap());
    assert_eq!(
        (&written["iss"], &written["aud"], &written["type"]),
        (&json!("me"), &json!(["a", "b"]), &json!("access"))
    );
    assert!(written["jti"].is_string());
    let one = manager(Config::default().audience("a"));
    for aud in [json!("a"), json!(["a"])] {
        assert!(one.access_token("alice").claim("aud", aud).encode().is_ok());
    }
}

#[test]
fn a_claim_that_contradicts_the_token_is_an_error() {
    let jwt = manager(Config::default().audience("a").issuer("me"));
    for (name, value) in [
        ("sub", json!("bob")),
        ("sub", json!(5)),
        ("iat", json!("now")),
        ("nbf", json!(NOW + 1)),
        ("iss", json!("you")),
        ("aud", json!("b")),
        ("aud", json!(["a", "b"])),
        ("type", json!("refresh")),
        ("jti", json!("mine")),
        ("fresh", json!(true)),
        ("csrf", json!("x")),
    ] {
        let error = why(jwt.token(TokenKind::ACCESS, "alice").claim(name, &value));
        assert!(matches!(&error, EncodeError::ReservedClaim(claim) if **claim == *name), "{name}: {value}");
        assert!(error.to_string().contains(name));
    }
    for exp in [json!(NOW), json!(NOW as f64 + 0.5), json!("soon"), json!(1e300), json!([])] {
        let error = why(jwt.access_token("alice").claim("exp", &exp));
        assert!(matches!(error, EncodeError::ExpiryClaim), "{exp}");
    }
    // If no audience is configured, no value equals it.
    let nobody = manager(Config::default());
    assert!(matches!(why(nobody.access_token("a").claim("iss", "")), EncodeError::ReservedClaim(_)));
}

#[test]
fn a_session_has_the_configured_lifetimes() {
    let house = house(Config::default());
    let pair = block_on(async { house.jwt.log_in("alice").claims(&CLAIMS).await }).unwrap();
    let (access, refresh) = (payload(pair.access()), payload(pair.refresh()));
    assert_eq!((&access["role"], &refresh["role"]), (&json!("admin"), &json!("admin")));
    assert_ne!(access["exp"], NOW + 7);
    assert_ne!(refresh["exp"], NOW + 7);
    let refused = block_on(async { house.jwt.log_in("bob").claims(&CLAIMS).await });
    assert!(refused.is_err(), "alice's claims are not bob's");
}

#[test]
fn an_empty_identity_is_not_issued_and_not_accepted() {
    use jwt_core::error::InvalidToken;

    use crate::support::{decode, invalid};

    let any = || Config::default().verify_sub(false);
    let custom = || Config::default().identity_claim("uid");
    for config in [Config::default(), Config::jsonwebtoken_compatible(), any(), custom()] {
        let jwt = manager(config);
        for token in
            [jwt.access_token(""), jwt.refresh_token(String::new()), jwt.token(TokenKind::custom("x"), "")]
        {
            assert!(matches!(token.encode(), Err(EncodeError::EmptyIdentity)));
        }
        let _ = jwt.access_token(" ").encode().unwrap();
    }
    for config in [any(), custom()] {
        let null = manager(config).access_token(Identity::value(Value::Null)).encode();
        assert!(matches!(null, Err(EncodeError::EmptyIdentity)));
    }
    for (config, claim) in [(Config::default(), "sub"), (any(), "sub"), (custom(), "uid")] {
        assert_eq!(invalid(decode(config, &[(claim, "\"\"")])), InvalidToken::EmptyIdentity, "{claim}");
    }
    for (config, claim) in [(any(), "sub"), (custom(), "uid")] {
        assert_eq!(invalid(decode(config, &[(claim, "null")])), InvalidToken::EmptyIdentity, "{claim}");
    }
    let house = house(Config::default());
    assert!(block_on(async { house.jwt.log_in("").await }).is_err());
    assert!(block_on(house.jwt.list_sessions("")).unwrap().is_empty());

    for config in [Config::default().insecure_empty_identity(true), Config::flask_compatible()] {
        let jwt = manager(config.clone());
        assert_eq!(identity(&jwt, ""), "");
        assert_eq!(decode(config.verify_sub(false), &[("sub", "null")]).unwrap().identity(), "null");
    }
}
