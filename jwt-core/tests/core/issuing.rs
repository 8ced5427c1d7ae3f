//! The contents of issued tokens.

use aws_lc_rs::hmac;
use jwt_core::{Algorithm, Config, JwtManager, Token, TokenBuilder, TokenKind};
use serde::Serialize;
use serde_json::{Value, json};

use crate::support::{HEADER, NOW, at, builder, manager, manager_at, secs, sign, sign_as, text_of};

/// Returns the text of the payload with the random claims replaced by their names.
pub(crate) fn claims(token: TokenBuilder<'_>) -> String {
    let mut text = text_of(&token.encode().unwrap(), 1);
    let payload: Value = serde_json::from_str(&text).unwrap();
    for name in ["jti", "csrf"] {
        if let Some(random) = payload[name].as_str() {
            text = text.replace(random, &name.to_uppercase());
        }
    }
    text
}

pub(crate) fn round_trip(jwt: &JwtManager, token: TokenBuilder<'_>) -> Token {
    jwt.decode(&token.encode().unwrap()).unwrap()
}

#[test]
fn claims_are_in_the_order_of_flask_jwt_extended() {
    let config = Config::default().audience("api").issuer("me").csrf_claim(true);
    let jwt = manager_at(config, at(NOW) + secs(1) / 2);
    let token = jwt.access_token("alice").claim("role", "admin").claim("a", 1);
    assert_eq!(
        claims(token),
        format!(
            r#"{{"fresh":false,"iat":{NOW},"jti":"JTI","type":"access","sub":"alice","nbf":{NOW},"csrf":"CSRF","aud":"api","iss":"me","exp":{},"role":"admin","a":1}}"#,
            NOW + 15 * 60
        )
    );
}

#[test]
fn what_is_not_configured_is_not_written() {
    let jwt = manager(Config::default().encode_nbf(false).identity_claim("uid"));
    assert_eq!(
        claims(jwt.access_token("alice")),
        format!(
            r#"{{"fresh":false,"iat":{NOW},"jti":"JTI","type":"access","uid":"alice","exp":{}}}"#,
            NOW + 15 * 60
        )
    );
}

#[test]
fn the_flask_preset_writes_csrf_and_several_audiences_are_a_list() {
    let jwt = manager(Config::flask_compatible().encode_audience(["a", "b"]));
    assert_eq!(
        claims(jwt.access_token("alice")),
        format!(
            r#"{{"fresh":false,"iat":{NOW},"jti":"JTI","type":"access","sub":"alice","nbf":{NOW},"csrf":"CSRF","aud":["a","b"],"exp":{}}}"#,
            NOW + 15 * 60
        )
    );
}

#[test]
fn the_header_is_alg_and_typ_and_the_signature_is_that_of_the_algorithm() {
    for (algorithm, hash) in [
        (Algorithm::HS256, hmac::HMAC_SHA256),
        (Algorithm::HS384, hmac::HMAC_SHA384),
        (Algorithm::HS512, hmac::HMAC_SHA512),
    ] {
        let jwt = manager(Config::default().algorithm(algorithm));
        let token = jwt.access_token("alice").encode().unwrap();
        assert_eq!(text_of(&token, 0), format!(r#"{{"alg":"{algorithm}","typ":"JWT"}}"#));
        let segments: Vec<_> = token.split('.').collect();
        assert_eq!(token, sign_as(hash, segments[0], segments[1]));
        assert_eq!(jwt.decode(&token).unwrap().identity(), "alice");
    }
}

#[test]
fn jti_and_csrf_are_uuids_that_no_other_token_has() {
    let jwt = manager(Config::default().csrf_claim(true));
    let mut seen = Vec::new();
    for _ in 0..50 {
        let claims = round_trip(&jwt, jwt.access_token("alice")).claims();
        for name in ["jti", "csrf"] {
            let text = claims[name].as_str().unwrap().to_owned();
            let dashes: Vec<_> = text.match_indices('-').map(|(place, _)| place).collect();
            assert_eq!((text.len(), dashes), (36, vec![8, 13, 18, 23]), "{text}");
            assert_eq!(&text[14..15], "4", "version of {text}");
            assert!(!seen.contains(&text), "{text} twice");
            seen.push(text);
        }
    }
}

#[test]
fn refresh_and_custom_kinds_differ_in_type_and_lifetime_only() {
    let jwt = manager(Config::default().access_token_expires(secs(60)).refresh_token_expires(secs(3600)));
    let reset = TokenKind::custom("password_reset");
    for (token, kind, lifetime) in [
        (jwt.access_token("alice"), "access", 60),
        (jwt.refresh_token("alice"), "refresh", 3600),
        (jwt.token(reset, "alice"), "password_reset", 60),
    ] {
        assert_eq!(
            claims(token),
            format!(
                r#"{{"fresh":false,"iat":{NOW},"jti":"JTI","type":"{kind}","sub":"alice","nbf":{NOW},"exp":{}}}"#,
                NOW + lifetime
            )
        );
    }
    assert_eq!(round_trip(&manager(Config::default()), jwt.refresh_token("a")).kind(), "refresh");
}

#[test]
fn additional_claims_of_a_struct_keep_the_order_of_its_fields() {
    #[derive(Serialize)]
    struct Extra {
        zone: &'static str,
        admin: bool,
        list: [u8; 2],
        absent: Option<u8>,
    }
    let extra = Extra { zone: "é", admin: true, list: [1, 2], absent: None };
    let text = claims(manager(Config::default()).access_token("a").claims(&extra));
    assert!(text.ends_with(r#","zone":"é","admin":true,"list":[1,2],"absent":null}"#), "{text}");
}

#[test]
fn a_claim_given_again_wins_and_stays_in_its_place() {
    let jwt = manager(Config::default());
    let token = jwt.access_token("a").claim("x", 1).claim("y", 2).claim("x", 3);
    assert!(claims(token).ends_with(r#","x":3,"y":2}"#));
}

#[test]
fn loaders_add_claims_and_headers_and_the_tokens_own_win() {
    let jwt = builder(Config::default())
        .additional_claims_loader(|identity: &Value| json!({"team": identity, "x": "loader"}))
        .additional_headers_loader(|identity: &Value| json!({"kid": identity, "x": "loader"}))
        .build()
        .unwrap();
    let token = jwt.access_token("alice").claim("x", "own").claim("z", 1).header("x", "own");
    let token = token.encode().unwrap();
    assert_eq!(text_of(&token, 0), r#"{"alg":"HS256","kid":"alice","typ":"JWT","x":"own"}"#);
    assert!(text_of(&token, 1).ends_with(r#","team":"alice","x":"own","z":1}"#));
    let read = jwt.decode(&token).unwrap();
    assert_eq!(read.header()["kid"], "alice");

    let plain = jwt.refresh_token("bob").encode().unwrap();
    assert!(text_of(&plain, 1).ends_with(r#","team":"bob","x":"loader"}"#));
}

#[test]
fn no_additional_headers_leave_the_header_as_it_is() {
    let token = manager(Config::default()).access_token("a").headers(&json!({})).encode().unwrap();
    assert_eq!(text_of(&token, 0), HEADER);
    assert_eq!(token, sign(HEADER, text_of(&token, 1)));
}
