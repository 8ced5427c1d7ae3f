//! The name and the values of the claim that holds the kind.

use jwt_core::error::InvalidToken;
use jwt_core::{Config, EncodeError, Policy, TokenKind};

use crate::support::{
    authenticate, bearer, block_on, builder, decode, invalid, manager, refused, text_of, token,
};

fn renamed() -> Config {
    Config::default().kind_claim("token_type").access_kinds(["at", "old"]).refresh_kinds(["rt", "r"])
}

#[test]
fn the_first_value_is_written_and_all_are_read() {
    let jwt = manager(renamed());
    for (text, written, kind) in [
        (jwt.access_token("alice").encode().unwrap(), r#""token_type":"at""#, "access"),
        (jwt.refresh_token("alice").encode().unwrap(), r#""token_type":"rt""#, "refresh"),
        (jwt.token(TokenKind::custom("x"), "a").encode().unwrap(), r#""token_type":"x""#, "x"),
    ] {
        assert!(text_of(&text, 1).contains(written), "{written}");
        assert!(!text_of(&text, 1).contains(r#""type""#), "{written}");
        assert_eq!(jwt.decode(&text).unwrap().kind(), kind);
    }
    for (value, kind) in
        [("\"at\"", "access"), ("\"old\"", "access"), ("\"rt\"", "refresh"), ("\"r\"", "refresh")]
    {
        let token = token(&[("token_type", value), ("type", "")]);
        assert_eq!(jwt.decode(&token).unwrap().kind(), kind, "{value}");
        for (policy, of) in [(Policy::access(), "access"), (Policy::refresh(), "refresh")] {
            assert_eq!(authenticate(&jwt, &bearer(&token), &policy).is_ok(), of == kind, "{value} {of}");
        }
    }
}

#[test]
fn a_refresh_token_under_another_name_is_not_an_access_token() {
    // The payload of another library, under a shared secret.
    let config = Config::default().kind_claim("token_type");
    let refresh = [("token_type", "\"refresh\""), ("type", "")];
    assert_eq!(decode(config.clone(), &refresh).unwrap().kind(), "refresh");
    let jwt = manager(config);
    let why = invalid(block_on(jwt.verify(&token(&refresh), &Policy::access())));
    assert_eq!(why, InvalidToken::Kind("access"));
    // `type` says nothing then.
    let both = token(&[("token_type", "\"refresh\""), ("type", "\"access\"")]);
    assert!(block_on(jwt.verify(&both, &Policy::access())).is_err());
    let access = token(&[("token_type", "\"access\""), ("type", "\"refresh\"")]);
    assert!(block_on(jwt.verify(&access, &Policy::access())).is_ok());
    assert_eq!(invalid(jwt.decode(&token(&[]))), InvalidToken::ClaimMissing("token_type".into()));
}

#[test]
fn values_of_another_vocabulary_mean_nothing() {
    for name in ["\"access\"", "\"refresh\""] {
        let why = invalid(decode(renamed(), &[("token_type", name)]));
        assert_eq!(why, InvalidToken::ClaimType("token_type".into()), "{name}");
    }
    for odd in ["5", "null", "[]", "true"] {
        let why = invalid(decode(renamed(), &[("token_type", odd)]));
        assert_eq!(why, InvalidToken::ClaimType("token_type".into()), "{odd}");
    }
    assert!(decode(renamed(), &[("token_type", r#""\ud800""#)]).is_err());
    assert!(decode(renamed(), &[("token_type", "\"at\""), ("type", r#""\ud800""#)]).is_err());
}

#[test]
fn a_custom_kind_cannot_have_the_name_of_another_one() {
    let jwt = manager(renamed());
    for name in ["at", "old", "rt", "r"] {
        let error = jwt.token(TokenKind::custom(name), "alice").encode().unwrap_err();
        assert!(matches!(error, EncodeError::KindName(taken) if taken == name), "{error}");
    }
}

#[test]
fn an_additional_claim_cannot_change_the_kind() {
    let jwt = manager(renamed());
    let claimed = |name: &str, value: &str| jwt.refresh_token("alice").claim(name, value).encode();
    assert!(
        matches!(claimed("token_type", "at"), Err(EncodeError::ReservedClaim(name)) if &*name == "token_type")
    );
    assert!(matches!(claimed("token_type", "refresh"), Err(EncodeError::ReservedClaim(_))));
    assert!(claimed("token_type", "rt").is_ok(), "the value that it has anyway");
    // `type` is now a claim like any other.
    let text = claimed("type", "access").unwrap();
    let token = jwt.decode(&text).unwrap();
    assert_eq!((token.kind(), token.claims()["type"].as_str()), ("refresh", Some("access")));
    let by_loader = builder(renamed()).additional_claims_loader(|_| {
        [("token_type", "at")].into_iter().collect::<std::collections::BTreeMap<_, _>>()
    });
    assert!(by_loader.build().unwrap().refresh_token("alice").encode().is_err());
}

#[test]
fn claims_show_the_kind_under_its_name() {
    let config = renamed().insecure_allow_missing_type(true);
    let bare = decode(config, &[("type", "")]).unwrap();
    assert_eq!(bare.kind(), "access");
    assert_eq!(bare.claims()["token_type"], "access");
    assert!(!bare.claims().contains_key("type"));
}

#[test]
fn names_and_values_must_mean_something() {
    let config = Config::default;
    for (start, config) in [
        ("kind_claim", config().kind_claim("")),
        ("kind_claim", config().kind_claim("sub")),
        ("kind_claim", config().kind_claim("jti")),
        ("kind_claim", config().kind_claim("scope")),
        ("kind_claim", config().kind_claim("sid")),
        ("kind_claim", config().kind_claim("auth_time")),
        ("kind_claim", config().kind_claim("exchanged_at")),
        ("kind_claim", config().kind_claim("client_id")),
        ("kind_claim", config().kind_claim("cnf")),
        ("kind_claim", config().kind_claim("uid").identity_claim("uid")),
        ("access_kinds", config().access_kinds([""; 0])),
        ("access_kinds", config().access_kinds(["a", ""])),
        ("access_kinds", config().access_kinds(["access", "refresh"]).refresh_kinds(["r"])),
        ("access_kinds", config().access_kinds(["a"]).refresh_kinds(["a"])),
        ("refresh_kinds", config().refresh_kinds([""; 0])),
        ("refresh_kinds", config().refresh_kinds([""])),
        ("refresh_kinds", config().access_kinds(["a"]).refresh_kinds(["access"])),
    ] {
        let error = builder(config).build().unwrap_err().to_string();
        assert!(error.starts_with(start), "{start}: {error}");
    }
    let _ = refused(decode(config(), &[("sub", "")]));
}
