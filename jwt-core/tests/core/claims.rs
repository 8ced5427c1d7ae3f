//! The types of claims, the required claims, and which of several errors is reported.

use jwt_core::error::InvalidToken;
use jwt_core::{Config, ErrorKind};
use serde_json::{Value, json};

use crate::support::{HEADER, NOW, both, decode, has_number, invalid, manager, payload, refused, sign};

fn why(config: &Config, changes: &[(&str, &str)]) -> InvalidToken {
    invalid(decode(config.clone(), changes))
}

fn wrong_type(claim: &str) -> InvalidToken {
    InvalidToken::ClaimType(claim.into())
}

#[test]
fn claims_of_the_wrong_type_are_refused_even_where_they_are_optional() {
    let number = ["exp", "nbf", "iat"];
    let text = ["sub", "jti"];
    for config in both() {
        for claim in number {
            for json in ["\"1893456060\"", "\"\"", "null", "true", "[1893456060]", "{}", "\"NaN\""] {
                assert_eq!(why(&config, &[(claim, json)]), wrong_type(claim), "{json}");
            }
        }
        for claim in text {
            for json in ["5", "1.5", "null", "true", "[\"a\"]", "{}", r#""\ud800""#] {
                assert_eq!(why(&config, &[(claim, json)]), wrong_type(claim), "{json}");
            }
        }
    }
    let default = Config::default();
    for json in ["\"true\"", "null", "[]", "{}", "1e999", "253402300800"] {
        assert_eq!(why(&default, &[("fresh", json)]), wrong_type("fresh"), "{json}");
    }
    for claim in ["type", "iss"] {
        for json in ["5", "null", "true", "[\"access\"]", "{}", r#""\ud800""#] {
            assert_eq!(why(&default, &[(claim, json)]), wrong_type(claim), "{json}");
        }
    }
}

#[test]
fn claims_that_no_reader_could_take_are_refused_where_any_type_is_allowed() {
    let lenient = Config::flask_compatible().verify_sub(false);
    for json in [r#""\ud800""#, "1e999", r#"["\udc00"]"#, r#"{"x":-1e999}"#] {
        if has_number(json) {
            continue;
        }
        for claim in ["scope", "type", "iss", "aud", "sub"] {
            assert_eq!(why(&lenient, &[(claim, json)]), wrong_type(claim), "{json}");
        }
        assert_eq!(why(&lenient, &[("other", json)]).to_string(), "segment is not a valid JSON object");
    }
}

#[test]
fn an_accepted_token_can_be_read_to_its_depth() {
    let [default, flask] = both();
    for config in [default, flask.clone(), flask.verify_sub(false)] {
        for claim in ["scope", "type", "iss", "aud", "sub", "other"] {
            for depth in 120..140 {
                let deep = format!("{}{}", "[".repeat(depth), "]".repeat(depth));
                let Ok(token) = decode(config.clone(), &[(claim, &deep)]) else {
                    continue;
                };
                let jti = token.claims()["jti"].clone();
                assert_eq!(jti, "id-1", "{claim}, {depth} deep: claims() is empty");
                assert!(token.claims_as::<Value>().is_ok(), "{claim}, {depth} deep");
            }
        }
    }
}

#[test]
fn the_default_requires_exp_type_and_jti_and_both_require_the_identity() {
    let default = Config::default();
    for claim in ["exp", "type", "jti", "sub"] {
        assert_eq!(why(&default, &[(claim, "")]), InvalidToken::ClaimMissing(claim.into()));
    }
    let flask = Config::flask_compatible();
    assert_eq!(why(&flask, &[("sub", "")]), InvalidToken::ClaimMissing("sub".into()));
    let bare = manager(flask).decode(&sign(HEADER, r#"{"sub":"alice"}"#)).unwrap();
    assert_eq!((bare.identity(), bare.kind(), bare.id(), bare.expires_at()), ("alice", "access", None, None));
    let shown = json!({"sub": "alice", "type": "access", "fresh": false, "jti": null});
    assert_eq!(Value::from(bare.claims()), shown);
}

#[test]
fn any_claim_can_be_required() {
    for config in both() {
        for claim in ["iat", "nbf", "iss", "fresh", "scope", "csrf", "role"] {
            let config = config.clone().required_claims([claim]);
            assert_eq!(why(&config, &[]), InvalidToken::ClaimMissing(claim.into()));
        }
        let config = config.required_claims(["role", "iat"]);
        assert_eq!(why(&config, &[("role", "1")]), InvalidToken::ClaimMissing("iat".into()));
        assert!(decode(config, &[("role", "null"), ("iat", "5")]).is_ok());
    }
    // Each call adds to the earlier ones.
    let twice = Config::default().required_claims(["role"]).required_claims(["iat"]);
    for missing in ["role", "iat"] {
        let claims = [("role", "1"), ("iat", "5"), (missing, "")];
        assert_eq!(why(&twice, &claims), InvalidToken::ClaimMissing(missing.into()));
    }
}

#[test]
fn requiring_claims_drops_no_other_requirement() {
    for required in [vec![], vec!["role"], vec!["jti"], vec!["exp", "sub"]] {
        let config = Config::default().required_claims(required);
        for claim in ["exp", "type", "jti", "sub"] {
            let claims = [("role", "1"), (claim, "")];
            assert_eq!(why(&config, &claims), InvalidToken::ClaimMissing(claim.into()));
        }
    }
}

#[test]
fn each_claim_becomes_optional_with_its_own_setter() {
    type Setter = fn(Config, bool) -> Config;
    let setters: [(&str, Setter); 3] = [
        ("exp", Config::insecure_allow_missing_exp),
        ("type", Config::insecure_allow_missing_type),
        ("jti", Config::insecure_allow_missing_jti),
    ];
    for (optional, setter) in setters {
        let config = setter(Config::default(), true);
        for (claim, _) in setters {
            assert_eq!(
                decode(config.clone(), &[(claim, "")]).is_ok(),
                claim == optional,
                "{optional} {claim}"
            );
        }
        assert!(decode(setter(config.clone(), false), &[(optional, "")]).is_err());
        // A claim that is required explicitly stays required.
        let explicit = config.clone().required_claims([optional]);
        assert_eq!(why(&explicit, &[(optional, "")]), InvalidToken::ClaimMissing(optional.into()));
        // The identity is always required.
        assert_eq!(why(&config, &[("sub", "")]), InvalidToken::ClaimMissing("sub".into()));
    }
}

#[test]
fn another_identity_claim_is_required_in_place_of_sub() {
    for config in both() {
        let config = config.identity_claim("uid");
        assert_eq!(why(&config, &[]), InvalidToken::ClaimMissing("uid".into()));
        let token = decode(config.clone(), &[("sub", ""), ("uid", "7")]).unwrap();
        assert_eq!((token.identity(), token.identity_value()), ("7", json!(7)));
        // Even if another claim has the identity, `sub` must be a string.
        assert_eq!(why(&config, &[("sub", "5"), ("uid", "7")]), wrong_type("sub"));
    }
}

#[test]
fn the_identity_is_text_and_its_json_value_tells_five_and_text_five_apart() {
    let config = Config::default().verify_sub(false).insecure_empty_identity(true);
    for (json, text) in [
        ("5", "5"),
        ("\"5\"", "5"),
        (r#""\u0041l\"ice""#, "Al\"ice"),
        ("null", "null"),
        (r#"{"id":[1,2]}"#, r#"{"id":[1,2]}"#),
        ("\"\"", ""),
    ] {
        let token = decode(config.clone(), &[("sub", json)]).unwrap();
        assert_eq!(token.identity(), text);
        assert_eq!(token.identity_value(), serde_json::from_str::<Value>(json).unwrap());
    }
}

#[test]
fn errors_are_reported_in_the_order_of_flask_jwt_extended_and_expiry_last() {
    let past = (NOW - 1).to_string();
    let future = (NOW + 100).to_string();
    let config =
        Config::default().issuer("me").audience("api").identity_claim("uid").required_claims(["role"]);
    // Each step fixes one error, and the next one is reported.
    let mut changes = vec![
        ("iat", "\"x\""),
        ("nbf", "\"x\""),
        ("exp", "\"x\""),
        ("iss", "5"),
        ("aud", "5"),
        ("sub", "5"),
        ("jti", "5"),
        ("uid", ""),
        ("type", "5"),
        ("fresh", "5555555555555"),
        ("scope", r#""\ud800""#),
    ];
    let missing = |claim: &str| InvalidToken::ClaimMissing(claim.into());
    for (told, claim, mended) in [
        (wrong_type("iat"), "iat", &*future),
        (InvalidToken::NotYetValid("iat"), "iat", "5"),
        (wrong_type("nbf"), "nbf", &*future),
        (InvalidToken::NotYetValid("nbf"), "nbf", "5"),
        (wrong_type("exp"), "exp", &*past),
        (wrong_type("iss"), "iss", ""),
        (missing("iss"), "iss", "\"you\""),
        (InvalidToken::Issuer, "iss", "\"me\""),
        (wrong_type("aud"), "aud", ""),
        (missing("aud"), "aud", "\"you\""),
        (InvalidToken::Audience, "aud", "\"api\""),
        (wrong_type("sub"), "sub", "\"s\""),
        (wrong_type("jti"), "jti", "\"j\""),
        (missing("uid"), "uid", "1"),
        (wrong_type("type"), "type", "\"access\""),
        (wrong_type("fresh"), "fresh", "true"),
        (wrong_type("scope"), "scope", "5"),
        (missing("role"), "role", "1"),
    ] {
        assert_eq!(why(&config, &changes), told);
        changes.retain(|(there, _)| *there != claim);
        changes.push((claim, mended));
    }
    let error = refused(decode(config, &changes));
    assert_eq!(error.kind(), ErrorKind::ExpiredToken);
}

#[test]
fn a_token_tells_its_claims() {
    let token = decode(Config::default(), &[("iss", "\"me\""), ("role", "\"admin\"")]).unwrap();
    assert_eq!(token.identity(), "alice");
    assert_eq!((token.id(), token.issuer(), token.kind()), (Some("id-1"), Some("me"), "access"));
    assert_eq!(token.location(), None);
    let mut claims: Value =
        serde_json::from_str(&payload(&[("iss", "\"me\""), ("role", "\"admin\"")])).unwrap();
    claims["fresh"] = json!(false);
    assert_eq!(Value::from(token.claims()), claims);
    assert_eq!(Value::from(token.header()), json!({"alg": "HS256", "typ": "JWT"}));
}

#[test]
fn an_accepted_token_tells_its_header() {
    let deep = format!("{}{}", "[".repeat(127), "]".repeat(127));
    for config in both() {
        let jwt = manager(config);
        for typ in [&*deep, r#""JWT""#, r#""at+jwt""#, r#""\ud800""#, "1e999", "null", "[[5]]"] {
            let token = sign(format!(r#"{{"alg":"HS256","typ":{typ}}}"#), payload(&[]));
            if let Ok(token) = jwt.decode(&token) {
                assert!(token.header().contains_key("alg"), "accepted with {typ}, and header() is empty");
            }
        }
    }
}
