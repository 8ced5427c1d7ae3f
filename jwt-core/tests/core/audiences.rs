//! The audience and the issuer of a token.

use jwt_core::error::InvalidToken;
use jwt_core::{Config, TokenError};

use crate::support::{decode, manager};

/// Returns the reason why the token is rejected, or `None` if it is accepted.
fn verdict(config: &Config, claim: &str, json: &str) -> Option<InvalidToken> {
    match decode(config.clone(), &[(claim, json)]) {
        Ok(_) => None,
        Err(TokenError::Invalid(why)) => Some(why),
        Err(other) => panic!("{other:?}"),
    }
}

fn assert_verdicts(config: &Config, claim: &str, rules: &[(&str, Option<InvalidToken>)]) {
    for (json, expected) in rules {
        let what = if json.is_empty() { "absent" } else { json };
        assert_eq!(&verdict(config, claim, json), expected, "{claim} {what}");
    }
}

fn missing(claim: &str) -> Option<InvalidToken> {
    Some(InvalidToken::ClaimMissing(claim.into()))
}

fn wrong_type(claim: &str) -> Option<InvalidToken> {
    Some(InvalidToken::ClaimType(claim.into()))
}

const ELSEWHERE: Option<InvalidToken> = Some(InvalidToken::Audience);
const STRANGER: Option<InvalidToken> = Some(InvalidToken::Issuer);

#[test]
fn one_of_the_expected_audiences_must_be_named() {
    for config in [Config::default(), Config::flask_compatible()] {
        let config = config.decode_audience(["api", "web"]);
        assert_verdicts(
            &config,
            "aud",
            &[
                ("\"api\"", None),
                ("\"web\"", None),
                (r#""\u0061pi""#, None),
                (r#"["x","api"]"#, None),
                (r#"["api"]"#, None),
                ("\"API\"", ELSEWHERE),
                ("\"api \"", ELSEWHERE),
                ("\"ap\"", ELSEWHERE),
                (r#"["x"]"#, ELSEWHERE),
                (r#"[""]"#, ELSEWHERE),
                ("", missing("aud")),
                ("null", missing("aud")),
                ("\"\"", missing("aud")),
                ("[]", missing("aud")),
                ("5", wrong_type("aud")),
                ("true", wrong_type("aud")),
                (r#"{"api":1}"#, wrong_type("aud")),
                (r#"["api",5]"#, wrong_type("aud")),
                (r#"["api",["api"]]"#, wrong_type("aud")),
                (r#"["api",null]"#, wrong_type("aud")),
            ],
        );
    }
}

#[test]
fn a_token_for_somebody_is_refused_where_nobody_is_expected() {
    assert_verdicts(
        &Config::default(),
        "aud",
        &[
            ("", None),
            ("\"api\"", ELSEWHERE),
            (r#"["api"]"#, ELSEWHERE),
            ("[]", ELSEWHERE),
            ("\"\"", ELSEWHERE),
            ("null", ELSEWHERE),
            ("5", wrong_type("aud")),
            ("[5]", wrong_type("aud")),
        ],
    );
}

#[test]
fn the_flask_preset_does_not_look_at_an_audience_that_it_does_not_expect() {
    for config in [Config::flask_compatible(), Config::default().ignore_unconfigured_claims(true)] {
        for json in ["", "\"api\"", r#"["x"]"#, "[]", "\"\"", "null", "5", "[5]", "{}"] {
            assert_eq!(verdict(&config, "aud", json), None, "{json}");
        }
    }
}

#[test]
fn the_issuer_is_an_expected_one_to_the_letter() {
    for config in [Config::default(), Config::flask_compatible()] {
        let config = config.decode_issuer(["https://a.example", "https://b.example"]);
        assert_verdicts(
            &config,
            "iss",
            &[
                ("\"https://a.example\"", None),
                ("\"https://b.example\"", None),
                (r#""https:\/\/a.example""#, None),
                ("\"https://a.example/\"", STRANGER),
                ("\"https://A.example\"", STRANGER),
                ("\"https://a.exampl\"", STRANGER),
                ("\"\"", STRANGER),
                ("", missing("iss")),
                ("null", wrong_type("iss")),
                ("5", wrong_type("iss")),
                (r#"["https://a.example"]"#, wrong_type("iss")),
            ],
        );
    }
}

#[test]
fn an_issuer_that_nobody_expects_is_any_string_or_in_the_flask_preset_anything() {
    assert_verdicts(
        &Config::default(),
        "iss",
        &[
            ("", None),
            ("\"me\"", None),
            ("\"\"", None),
            ("5", wrong_type("iss")),
            ("null", wrong_type("iss")),
        ],
    );
    for json in ["", "\"me\"", "5", "null", "[\"me\"]"] {
        assert_eq!(verdict(&Config::flask_compatible(), "iss", json), None, "{json}");
    }
    let token = decode(Config::flask_compatible(), &[("iss", "\"me\"")]).unwrap();
    assert_eq!(token.issuer(), Some("me"));
    let token = decode(Config::flask_compatible(), &[("iss", "5")]).unwrap();
    assert_eq!(token.issuer(), None);
}

#[test]
fn own_tokens_come_back_to_those_who_share_audience_and_issuer_only() {
    for config in [Config::default(), Config::flask_compatible()] {
        let api = manager(config.clone().audience("api").issuer("me"));
        let token = api.access_token("alice").encode().unwrap();
        assert!(api.decode(&token).is_ok());
        let web = manager(config.clone().audience("web").issuer("me"));
        assert!(web.decode(&token).is_err());
        let other = manager(config.audience("api").issuer("you"));
        assert!(other.decode(&token).is_err());
    }
}

#[test]
fn an_empty_list_accepts_no_audience_or_issuer() {
    for config in [Config::default(), Config::flask_compatible()] {
        let nobody = config.clone().decode_audience([""; 0]);
        assert_verdicts(
            &nobody,
            "aud",
            &[("\"api\"", ELSEWHERE), ("[\"api\"]", ELSEWHERE), ("", missing("aud"))],
        );
        let nobody = config.decode_issuer([""; 0]);
        assert_verdicts(&nobody, "iss", &[("\"me\"", STRANGER), ("", missing("iss"))]);
    }
    assert!(
        crate::support::builder(Config::default().encode_audience(["a"]).decode_audience([""; 0]))
            .build()
            .is_err()
    );
}
