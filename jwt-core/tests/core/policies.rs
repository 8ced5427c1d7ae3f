//! Kind, freshness, optional tokens, exempt methods, and custom claims.

use jwt_core::error::{InvalidRequest, InvalidToken, MissingReason};
use jwt_core::{Authenticated, Config, ErrorKind, Extract, Location, Policy, Token, TokenError, TokenKind};
use serde::Deserialize;

use crate::support::{NOW, authenticate, bearer, both, invalid, manager, refused, request, token};

const RESET: TokenKind = TokenKind::custom("password_reset");

/// Checks a token with these claims, with a manager of this configuration.
pub(crate) fn judge(config: &Config, policy: &Policy, changes: &[(&str, &str)]) -> Result<Token, TokenError> {
    authenticate(&manager(config.clone()), &bearer(&token(changes)), policy)?.into_token()
}

#[test]
fn a_token_opens_only_what_asks_for_its_kind() {
    let policies =
        [(Policy::access(), "access"), (Policy::refresh(), "refresh"), (Policy::of(RESET), "password_reset")];
    for (policy, asked) in &policies {
        for kind in ["access", "refresh", "password_reset", "", "Access"] {
            let result = judge(&Config::default(), policy, &[("type", &format!("\"{kind}\""))]);
            if kind == *asked {
                assert_eq!(result.unwrap().kind(), kind);
            } else {
                assert_eq!(invalid(result), InvalidToken::Kind(asked), "{kind} for {asked}");
            }
        }
        let missing = invalid(judge(&Config::default(), policy, &[("type", "")]));
        assert_eq!(missing, InvalidToken::ClaimMissing("type".into()));
    }
}

#[test]
fn the_flask_preset_treats_everything_except_refresh_tokens_as_access_tokens() {
    for config in [
        Config::flask_compatible(),
        Config::default().insecure_any_type_is_access(true).insecure_allow_missing_type(true),
    ] {
        for json in ["", "5", "null", "[\"refresh\"]", "\"other\"", "\"access\"", "\"Refresh\""] {
            assert!(judge(&config, &Policy::access(), &[("type", json)]).is_ok(), "{json}");
            let why = invalid(judge(&config, &Policy::refresh(), &[("type", json)]));
            assert_eq!(why, InvalidToken::Kind("refresh"), "{json}");
        }
        let refresh = [("type", "\"refresh\"")];
        assert!(judge(&config, &Policy::refresh(), &refresh).is_ok());
        assert_eq!(invalid(judge(&config, &Policy::access(), &refresh)), InvalidToken::Kind("access"));
        // A custom kind is required by its name in both configurations.
        assert!(judge(&config, &Policy::of(RESET), &[("type", "\"password_reset\"")]).is_ok());
        assert!(judge(&config, &Policy::of(RESET), &[]).is_err());
    }
}

#[test]
fn a_policy_of_any_kind_takes_all() {
    for config in both() {
        for json in ["\"access\"", "\"refresh\"", "\"other\""] {
            assert!(judge(&config, &Policy::any(), &[("type", json)]).is_ok());
        }
    }
}

#[test]
fn an_optional_token_may_be_absent_and_nothing_else() {
    let policy = Policy::access().optional();
    for config in both() {
        let jwt = manager(config);
        for fields in [&[][..], &[""], &[", ,"], &["Basic x"]] {
            let passed = authenticate(&jwt, &request("GET", fields), &policy).unwrap();
            assert!(passed.token().is_none() && passed.memo().is_none());
            assert_eq!(refused(passed.into_token()).kind(), ErrorKind::Unauthorized);
        }
        let expired = token(&[("exp", &NOW.to_string())]);
        for (bad, kind) in [
            ("Bearer", ErrorKind::InvalidToken),
            ("Bearer x", ErrorKind::InvalidToken),
            (&*format!("Bearer {expired}"), ErrorKind::ExpiredToken),
        ] {
            let error = refused(authenticate(&jwt, &request("GET", &[bad]), &policy));
            assert_eq!(error.kind(), kind, "{bad}");
        }
        let good = authenticate(&jwt, &bearer(&token(&[])), &policy).unwrap();
        assert_eq!(good.token().unwrap().location(), Some(Location::Header));
    }
    let twice =
        manager(Config::default()).check(&request("GET", &["Bearer a", "Bearer b"]), &policy).map(drop);
    assert!(matches!(refused(twice), TokenError::InvalidRequest(InvalidRequest::Repeated)));
}

#[test]
fn the_locations_are_reported_if_no_token_was_found() {
    let jwt = manager(Config::default());
    let policy = Policy::access().locations(&[Location::Header]);
    for (fields, absent) in [(&[][..], MissingReason::Header), (&["Basic x"], MissingReason::Scheme)] {
        let Err(TokenError::Missing(looked)) = jwt.check(&request("GET", fields), &policy).map(drop) else {
            panic!("found something")
        };
        assert_eq!(looked, [absent]);
        assert_eq!(absent.location(), Location::Header);
    }
}

#[test]
fn options_requests_pass_without_a_look_only_if_a_setter_that_warns_says_so() {
    let policy = Policy::access().fresh().scopes(&["admin"]);
    let exempt = Config::default().insecure_exempt_options(true);
    for (config, exempts) in [
        (Config::default(), false),
        (Config::jsonwebtoken_compatible(), false),
        (Config::flask_compatible().insecure_exempt_options(false), false),
        (Config::flask_compatible(), true),
        (exempt, true),
    ] {
        let jwt = manager(config);
        for field in ["", "Bearer x", "Bearer a b"] {
            let passed = authenticate(&jwt, &request("OPTIONS", &[field]), &policy);
            assert_eq!(passed.is_ok(), exempts, "{field}");
            assert!(passed.is_err() || passed.unwrap().token().is_none());
        }
        for method in ["GET", "HEAD", "POST", "options", "TRACE"] {
            assert!(authenticate(&jwt, &request(method, &[]), &policy).is_err(), "{method}");
        }
    }
}

#[derive(Deserialize)]
struct Role {
    role: String,
}

#[test]
fn claims_of_the_application_are_typed_or_the_token_is_invalid() {
    let jwt = manager(Config::default());
    let auth = |json| authenticate(&jwt, &bearer(&token(&[("role", json)])), &Policy::access()).unwrap();
    let typed = auth("\"admin\"").into_typed_token::<Role>().unwrap();
    assert_eq!((typed.extra().role.as_str(), typed.identity()), ("admin", "alice"));
    assert_eq!(typed.claims_as::<Role>().unwrap().role, "admin");
    for json in ["5", ""] {
        assert_eq!(invalid(auth(json).into_typed_token::<Role>()), InvalidToken::Claims);
        assert_eq!(auth(json).token().unwrap().claims_as::<Role>().err(), Some(InvalidToken::Claims));
        assert!(auth(json).into_typed_token::<()>().is_ok());
    }
    let nobody = authenticate(&jwt, &request("GET", &[]), &Policy::access().optional()).unwrap();
    assert_eq!(refused(nobody.into_typed_token::<Role>()).kind(), ErrorKind::Unauthorized);
}

#[test]
fn an_option_extracts_nothing_without_a_token() {
    let jwt = manager(Config::default());
    let policy = <Option<Authenticated> as Extract>::POLICY;
    for (view, there) in [(request("GET", &[]), false), (bearer(&token(&[])), true)] {
        let extracted =
            Option::<Authenticated>::from_authenticated(authenticate(&jwt, &view, &policy).unwrap());
        assert_eq!(extracted.unwrap().is_some(), there);
    }
    assert!(authenticate(&jwt, &bearer("x"), &policy).is_err());
}
