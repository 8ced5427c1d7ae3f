//! Names that have a special meaning in serde_json. No token can contain them, so all readers see the same claims.

use jwt_core::error::{InvalidToken, Segment};
use jwt_core::token::Identity;
use jwt_core::{Config, EncodeError};
use serde_json::json;

use crate::support::{HEADER, both, builder, invalid, manager, payload, sign};

const NAMES: [&str; 2] = ["$serde_json::private::RawValue", "$serde_json::private::Number"];

#[test]
fn a_payload_with_one_anywhere_is_refused() {
    for name in NAMES {
        for json in [r#""5""#, r#""\"admin\"""#, "5", r#""nonsense""#] {
            let odd = format!(r#"{{"{name}":{json}}}"#);
            for (claim, value) in [
                ("x", odd.clone()),
                ("x", format!("[1,{{\"y\":{odd}}}]")),
                ("scope", odd.clone()),
                ("csrf", odd.clone()),
                ("sub", odd.clone()),
                ("fresh", odd.clone()),
                (name, json.to_owned()),
            ] {
                let token = sign(HEADER, payload(&[(claim, &value)]));
                for config in both() {
                    let jwt = manager(config.verify_sub(false));
                    assert!(matches!(
                        invalid(jwt.decode(&token)),
                        InvalidToken::Json(Segment::Payload) | InvalidToken::ClaimType(_)
                    ));
                }
            }
        }
    }
}

#[test]
fn a_header_with_one_anywhere_is_refused() {
    for name in NAMES {
        for header in [
            format!(r#"{{"alg":"HS256","x":{{"{name}":"5"}}}}"#),
            format!(r#"{{"alg":"HS256","{name}":"5"}}"#),
            format!(r#"{{"alg":"HS256","typ":{{"{name}":"\"JWT\""}}}}"#),
        ] {
            for config in both() {
                let why = invalid(manager(config).decode(&sign(&header, payload(&[]))));
                assert!(
                    matches!(why, InvalidToken::Json(Segment::Header) | InvalidToken::Type),
                    "{header}: {why:?}"
                );
            }
        }
    }
}

#[test]
fn nobody_issues_one() {
    let jwt = builder(Config::default().verify_sub(false)).build().unwrap();
    for name in NAMES {
        let theirs = json!({"nested": [{name: "{}"}]});
        for token in [
            jwt.access_token("bob").claim("profile", &theirs),
            jwt.access_token("bob").claims(&json!({name: "1"})),
            jwt.access_token("bob").header("x", &theirs),
            jwt.access_token(Identity::value(&theirs)),
        ] {
            assert!(matches!(token.encode(), Err(EncodeError::Json(_))), "{name}");
        }
    }
}
