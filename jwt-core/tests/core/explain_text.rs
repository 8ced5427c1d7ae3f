//! What an `Explanation` prints: what an operator needs, and neither secrets nor anything that harms a terminal.

use std::collections::BTreeSet;
use std::fs;
use std::future::ready;
use std::path::Path;

use jwt_core::keys::{KeyRing, KeySet};
use jwt_core::token::CODES;
use jwt_core::{
    BearerHandlers, Config, ErrorHandlers, ErrorResponse, Issuer, JwtManager, Policy, Refusal, StageOutcome,
    Token,
};
use serde_json::json;

use crate::explain::{LOGIN, explain, rejected};
use crate::support::{
    Clock, HEADER, NOW, SECRET, at, block_on, builder, manager, payload, secs, segment, sign, token,
};
use crate::support_keys::{keyless, new_key};
use crate::support_sessions::{house, house_with};

const PAGE: &str = include_str!("../../src/guide/observability.md");
const ADVICE: &str = include_str!("../../src/manager/explain/advice.rs");

/// Returns what a stage compares.
fn compared(jwt: &JwtManager, text: &str, policy: &Policy, name: &str) -> String {
    let explanation = explain(jwt, text, policy);
    explanation.stages().find(|stage| stage.name() == name).unwrap().compared().to_owned()
}

#[test]
fn the_guide_shows_what_is_printed() {
    // The clock of the example shows 2026-11-29T12:00:00Z.
    let now = 1_795_953_600;
    let config = Config::default().decode_issuer(["https://login.example"]).audience("orders");
    let clock = Clock::new(at(now)).reader();
    let jwt = builder(config).clock(clock).error_handlers(BearerHandlers).build().unwrap();
    let claims = payload(&[
        ("iss", "\"https://login.example\""),
        ("aud", "[\"billing\"]"),
        ("iat", &(now - 60).to_string()),
        ("exp", &(now + 840).to_string()),
    ]);
    let text = sign(r#"{"alg":"HS256","typ":"JWT"}"#, claims);
    let printed = explain(&jwt, &text, &Policy::access().scopes(&["orders:read"])).to_string();
    let (_, section) = PAGE.split_once("\n# Why is this token rejected?\n").unwrap();
    let shown = section.split_once("```text\n").unwrap().1.split_once("\n```").unwrap().0;
    assert_eq!(shown, printed, "\n{printed}");
}

#[test]
fn each_stage_shows_both_sides() {
    let config = Config::default().decode_audience(["orders", "carts"]).decode_issuer([LOGIN]);
    let jwt = manager(config.decode_leeway(secs(30)));
    let policy = Policy::access().fresh().max_age(secs(300)).acr_values(&["phr"]).scopes(&["read", "write"]);
    let text = token(&[
        ("iss", "\"https://login.example\""),
        ("aud", "\"orders\""),
        ("iat", &(NOW - 180).to_string()),
        ("fresh", "true"),
        ("auth_time", &(NOW - 60).to_string()),
        ("acr", "\"phr\""),
        ("scope", "\"read\""),
    ]);
    for (stage, expected) in [
        ("keys", "own keys: HS256; kid is ignored"),
        (
            "header",
            r#"alg "HS256", no kid, typ "JWT"; accepted alg: those of the keys; accepted typ: JWT or none"#,
        ),
        ("signature", "keys for this header: HS256"),
        ("times", "iat 2029-12-31T23:57:00Z, 3 minutes ago (leeway 30 seconds); no nbf (leeway 30 seconds)"),
        ("iss", r#"iss "https://login.example"; accepted: "https://login.example""#),
        ("audience", r#"aud "orders"; accepted: "orders", "carts""#),
        ("claims", r#"identity in "sub"; required: "exp", "type", "jti""#),
        ("expiry", "exp 2030-01-01T00:01:00Z, in 60 seconds (leeway 30 seconds)"),
        ("kind", r#"type "access"; required: access"#),
        (
            "login",
            "fresh true; required: fresh; auth_time 2029-12-31T23:59:00Z, 60 seconds ago; required: at most 5 minutes \
             ago; acr \"phr\"; accepted: \"phr\"",
        ),
        ("revocation", "no store"),
        (
            "authorities",
            r#"token lacks an authority that the policy requires: present: "read"; required: "read", "write""#,
        ),
    ] {
        assert_eq!(compared(&jwt, &text, &policy, stage), expected, "{stage}");
    }
}

/// Returns a manager that trusts an issuer with these rules, and what signs the issuer's tokens.
fn trusting(rules: impl FnOnce(Issuer) -> Issuer) -> (JwtManager, JwtManager) {
    let key = new_key();
    let issuer = Issuer::new(LOGIN, KeySet::new([key.verifying_key().clone()]).unwrap()).audience("orders");
    let jwt = keyless(Config::default()).trusted_issuer(rules(issuer.audience_alone())).build().unwrap();
    let issuing = keyless(Config::default().issuer(LOGIN).audience("orders")).keys(KeyRing::new(key));
    (jwt, issuing.build().unwrap())
}

#[test]
fn required_values_are_shown_with_those_of_the_token() {
    let (jwt, issuing) = trusting(|issuer| {
        issuer
            .require_claim("use", ["orders", "carts"])
            .restrict_claim("tenant", ["acme"])
            .require_claim("sub", ["bob"])
            .forbid_claim("legacy")
    });
    let policy = Policy::access();
    let of = |claims: &[(&str, &str)]| {
        let token = issuing.access_token("alice");
        claims.iter().fold(token, |token, (name, value)| token.claim(name, *value)).encode().unwrap()
    };
    let identity = r#"identity in "sub"; required: "exp""#;
    let rules = |used: &str, tenant: &str, legacy: &str| {
        format!(
            "{identity}; {used}; accepted: \"orders\", \"carts\"; {tenant}; accepted: \"acme\", or absent; sub, which is \
             not shown; accepted: \"bob\"; {legacy}, which must be absent"
        )
    };
    let (used, tenant) = (r#"use "billing""#, r#"tenant "evil\u{202e}""#);
    let text = of(&[("use", "billing"), ("tenant", "evil\u{202e}"), ("legacy", "canary")]);
    let shown = compared(&jwt, &text, &policy, "claims");
    let expected = rules(used, tenant, "has legacy");
    assert!(shown.contains(": use: ") && shown.ends_with(&expected), "{shown}\n{expected}");
    let forged = format!("{}AA", &text[..text.len() - 2]);
    let unverified = " (the values of the token are unverified)";
    assert_eq!(compared(&jwt, &forged, &policy, "claims"), expected + unverified);
    let shown = compared(&jwt, &of(&[("use", "orders")]), &policy, "claims");
    assert!(shown.ends_with(&rules(r#"use "orders""#, "no tenant", "no legacy")), "{shown}");
}

#[test]
fn a_bound_token_is_shown_as_the_configuration_treats_it() {
    let bound = token(&[("cnf", "{}")]);
    let strict = "a token that is bound to a key is not accepted as a bearer token";
    let lenient = "cnf is ignored, so a token that is bound to a key is accepted as a bearer token";
    let shown = |jwt: &JwtManager, text: &str| compared(jwt, text, &Policy::access(), "confirmation");
    let jwt = manager(Config::default());
    assert!(shown(&jwt, &bound).ends_with(&format!(": has cnf; {strict}")));
    assert_eq!(shown(&jwt, &token(&[])), format!("no cnf; {strict}"));
    let ignoring = manager(Config::default().insecure_ignore_confirmation(true));
    assert!(explain(&ignoring, &bound, &Policy::access()).rejected_by().is_none());
    assert_eq!(shown(&ignoring, &bound), format!("has cnf; {lenient}"));
    let (behind_gateway, issuing) = trusting(|issuer| issuer.confirmed_by_gateway(true));
    let bound = issuing.access_token("alice").claim("cnf", "x").encode().unwrap();
    assert!(explain(&behind_gateway, &bound, &Policy::access()).rejected_by().is_none());
    assert_eq!(shown(&behind_gateway, &bound), format!("has cnf; {lenient}"));
}

#[test]
fn a_time_of_the_wrong_type_is_shown_in_the_stage_that_rejects_it() {
    let times = "no iat (leeway 5 seconds); no nbf (leeway 5 seconds)";
    for (exp, shown) in [("\"soon\"", "exp \"soon\""), ("1e300", "exp 1e+300")] {
        let explanation = explain(&manager(Config::default()), &token(&[("exp", exp)]), &Policy::access());
        let stage = explanation.rejected_by().unwrap();
        let expected = format!(": exp: {times}; {shown}");
        assert!(stage.compared().contains(&expected), "{}", stage.compared());
        assert!(stage.compared().ends_with(", which is not a time"), "{}", stage.compared());
    }
}

/// Responds with a text that the application has made from a token.
struct Says(fn(&Token) -> String);

impl ErrorHandlers for Says {
    fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
        let text = refusal.token().map_or_else(|| "unknown".to_owned(), self.0);
        let challenge = format!("Bearer realm={}", json!(text));
        ErrorResponse::json(401, &json!({ "for": text })).header("WWW-Authenticate", challenge)
    }
}

/// Responds with this text.
struct Text(&'static str);

impl ErrorHandlers for Text {
    fn fallback(&self, _: &Refusal<'_>) -> ErrorResponse {
        ErrorResponse::text(401, self.0)
    }
}

const NOT_SHOWN: &str = "not shown, because it ";

#[test]
fn a_response_that_names_the_user_is_not_shown() {
    let id = |token: &Token| token.id().unwrap_or_default().to_owned();
    let session = |token: &Token| token.session().unwrap_or_default().to_owned();
    let identity = |token: &Token| format!("Dear {}!", token.identity());
    let html = |token: &Token| format!("<p>{}", token.identity().replace('"', "&#34;"));
    let letters = |token: &Token| token.identity().chars().rev().collect();
    let expects = |token: &Token| token.session().unwrap().to_owned();
    let says: [fn(&Token) -> String; 6] = [identity, id, session, html, letters, expects];
    for (says, is_name) in
        says.into_iter().map(|says| (says, true)).chain([(kind as fn(&Token) -> String, false)])
    {
        let house = house_with(Config::default(), |builder| builder.error_handlers(Says(says)));
        let text = house.log_in("al\"ice").access().to_owned();
        let explanation = explain(&house.jwt, &text, &Policy::access().scopes(&["write"]));
        let printed = explanation.to_string();
        let [challenge, body] =
            ["\n  WWW-Authenticate: ", "\n  "].map(|line| printed.contains(&format!("{line}{NOT_SHOWN}")));
        assert_eq!([challenge, body], [is_name; 2], "{printed}");
        let token = block_on(house.jwt.verify(&text, &Policy::access())).unwrap().into_token().unwrap();
        let secrets = [
            token.identity(),
            r#"al\"ice"#,
            "al&#34;ice",
            "eci",
            token.id().unwrap(),
            token.session().unwrap(),
        ];
        assert!(secrets.iter().all(|secret| !printed.contains(secret)), "{printed}");
        // The response itself is whole.
        assert_eq!(
            explanation.response().unwrap().body(),
            &serde_json::to_vec(&json!({ "for": says(&token) })).unwrap()
        );
    }
}

fn kind(token: &Token) -> String {
    token.kind().to_owned()
}

#[test]
fn a_response_that_names_the_user_of_a_token_that_is_not_verified_is_not_shown() {
    let shown = |config: Config, body: &'static str, claims: &[(&str, &str)]| {
        let jwt = builder(config).error_handlers(Text(body)).build().unwrap();
        let claims = segment(payload(claims));
        let forged = format!("{}.{claims}.{}", segment(HEADER), segment([7; 32]));
        let explanation = explain(&jwt, &forged, &Policy::access());
        assert_eq!(explanation.code(), Some("invalid_signature"));
        let printed = explanation.to_string();
        assert_ne!(printed.contains(NOT_SHOWN), printed.contains(&format!("\n  {body}\n")), "{printed}");
        !printed.contains(NOT_SHOWN)
    };
    for (body, claims, is_shown) in [
        ("Dear bob", [("sub", "\"bob\""), ("jti", "\"x-1\"")], false),
        ("Dear bob", [("sub", "\"rob\""), ("jti", "\"x-1\"")], true),
        ("Dear bob", [("sub", "\"\""), ("jti", "\"x-1\"")], true),
        ("number x-1", [("sub", "\"bob\""), ("jti", "\"x-1\"")], false),
        ("session 7", [("sub", "\"bob\""), ("sid", "\"7\"")], false),
        ("user 42", [("sub", "42"), ("jti", "\"x-1\"")], false),
        ("value 7", [("sub", "\"bob\""), ("csrf", "\"7\"")], false),
        ("\"b\\\"b\"", [("sub", "\"b\\\"b\""), ("jti", "\"x-1\"")], false),
        ("Dear bob", [("sub", "{\"name\":[\"bob\"]}"), ("jti", "\"x-1\"")], false),
        ("Dear bob", [("sub", "\"rob\""), ("email", "\"bob\"")], true),
    ] {
        assert_eq!(shown(Config::default(), body, &claims), is_shown, "{body} {claims:?}");
    }
    let by_email = Config::default().identity_claim("email").verify_sub(false);
    assert!(!shown(by_email, "Dear bob", &[("sub", "\"rob\""), ("email", "\"bob\"")]));
}

#[test]
fn the_default_response_to_an_unknown_user_is_not_shown() {
    let jwt = builder(Config::default()).user_lookup_loader(|_| ready(None::<u8>)).build().unwrap();
    let explanation = explain(&jwt, &token(&[("sub", "\"canary\"")]), &Policy::access());
    assert_eq!(explanation.code(), Some("user_lookup"));
    assert!(
        explanation.to_string().contains(&format!("\n  {NOT_SHOWN}can depend on the token\n")),
        "{explanation}"
    );
}

#[test]
fn values_are_marked_until_the_signature_is_verified() {
    let jwt = manager(Config::default().audience("orders"));
    let marked = "(the values of the token are unverified)";
    let claims = segment(payload(&[("aud", "\"canary\"")]));
    let forged = format!("{}.{claims}.{}", segment(r#"{"alg":"HS256","kid":"canary"}"#), segment([7; 32]));
    let explanation = explain(&jwt, &forged, &Policy::access());
    assert_eq!(explanation.code(), Some("invalid_signature"));
    for stage in explanation.stages() {
        assert_eq!(stage.compared().contains("canary"), ["header", "audience"].contains(&stage.name()));
        assert!(!stage.compared().contains("canary") || stage.compared().ends_with(marked));
    }
    let signed = token(&[("aud", "\"canary\"")]);
    assert!(!explain(&jwt, &signed, &Policy::access()).to_string().contains("unverified"));
}

#[test]
fn neither_secrets_nor_other_claims_are_shown() {
    let hidden =
        [("sub", "canary-sub"), ("jti", "canary-jti"), ("sid", "canary-sid"), ("email", "canary-mail")];
    let json: Vec<_> = hidden.iter().map(|(name, value)| (*name, format!("\"{value}\""))).collect();
    let with = |more: &[(&str, &str)]| {
        let mut claims: Vec<_> = json.iter().map(|(name, value)| (*name, &**value)).collect();
        claims.extend(more);
        sign(r#"{"alg":"HS256","typ":"JWT","secret":"canary-header"}"#, payload(&claims))
    };
    let by_email = Config::default().identity_claim("email").verify_sub(false);
    let missing = builder(Config::default()).user_lookup_loader(|_| ready(None::<u8>)).build().unwrap();
    let sessions = house(Config::default()).jwt;
    for jwt in [manager(Config::default()), manager(by_email), missing, sessions] {
        for text in
            [with(&[]), with(&[("exp", "1")]), with(&[("aud", "\"x\"")]), with(&[("type", "\"refresh\"")])]
        {
            let forged = format!("{}AA", &text[..text.len() - 2]);
            for text in [text, forged] {
                let explanation = explain(&jwt, &text, &Policy::access().fresh());
                let shown = explain(&jwt, &text, &Policy::access()).to_string() + &explanation.to_string();
                let debugged = format!("{explanation:?} {:?}", explanation.stages().collect::<Vec<_>>());
                assert!(!debugged.contains("canary") && !debugged.contains("not fresh"), "{debugged}");
                let segments = text.split('.').map(str::to_owned);
                let secrets = [SECRET.to_owned(), SECRET[..12].to_owned(), "canary".to_owned()];
                for secret in segments.chain(secrets) {
                    assert!(!shown.contains(&secret), "{secret} in {shown}");
                }
            }
        }
    }
    assert!(
        format!("{:?}", explain(&manager(Config::default()), "", &Policy::access()))
            .contains("invalid_segments")
    );
    // A claim that a policy compares can be the identity.
    let by_acr = manager(Config::default().identity_claim("acr").verify_sub(false));
    let text = token(&[("acr", "\"canary-acr\"")]);
    let explanation = explain(&by_acr, &text, &Policy::access().acr_values(&["phr"]));
    assert_eq!(explanation.code(), Some("insufficient_user_authentication"));
    assert!(!explanation.to_string().contains("canary"), "{explanation}");
}

#[test]
fn hostile_tokens_are_explained_in_plain_characters() {
    let deep = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    let evil = r#""\u001b[2J\n\r\u202e\u2066\u0000\u200b""#;
    let with_header = |name: &str| sign(format!(r#"{{"alg":"HS256","{name}":{evil}}}"#), payload(&[]));
    let raw = "\"\u{202e}\u{1b}\u{2028}\"".replace('\u{1b}', "");
    let mut tokens = vec![
        String::new(),
        ".".repeat(10_000_000),
        "x".repeat(10_000_000),
        "\u{1b}[2J\n.\u{202e}.\0".to_owned(),
        sign(r#"{"alg":"HS256"}"#, payload(&[("aud", &deep(120))])),
        sign(r#"{"alg":"HS256"}"#, payload(&[("aud", &deep(3_000))])),
        sign(deep(3_000), deep(3_000)),
        sign(r#"{"alg":"HS256"}"#, [0xff, 0xfe]),
        sign(format!(r#"{{"alg":{evil}}}"#), payload(&[])),
        sign(r#"{"alg":"HS256","crit":["\u001b[2J\u202e"]}"#, payload(&[])),
        sign(r#"{"alg":"HS256"}"#, payload(&[("exp", "1e300")])),
        sign(
            r#"{"alg":"HS256"}"#,
            payload(&[("exp", "-9223372036854775808"), ("iat", "9223372036854775807")]),
        ),
    ];
    tokens.extend(["kid", "typ"].map(with_header));
    for claim in ["iss", "aud", "type", "exp", "fresh", "acr", "scope", "iat"] {
        tokens.extend([evil, &raw, "{\"a\":[\"\\u001b\"]}", "null"].map(|json| token(&[(claim, json)])));
        let many = format!("[{}]", vec![evil; 40].join(","));
        tokens.push(token(&[(claim, &many)]));
        tokens.push(token(&[(claim, &format!("\"{}\"", "x".repeat(5_000)))]));
    }
    let lenient = Config::flask_compatible().max_token_bytes(20_000_000).any_time(true);
    let policy = Policy::access().scopes(&["read"]).acr_values(&["phr"]).max_age(secs(60)).fresh();
    for jwt in
        [manager(Config::default()), manager(lenient), manager(Config::default().audience("a").issuer("b"))]
    {
        for text in &tokens {
            let printed = explain(&jwt, text, &policy).to_string();
            let is_plain = |c: char| c == '\n' || c == '…' || c.is_ascii_graphic() || c == ' ';
            assert!(printed.chars().all(is_plain), "{printed:?}");
            assert!(printed.lines().all(|line| line.len() < 2_000), "{printed}");
        }
    }
}

/// Returns the paths in a text that name a method, such as `Config::audience`.
fn methods(text: &str) -> BTreeSet<(&str, &str)> {
    let words = text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    let paths = words.filter_map(|word| word.trim_end_matches(':').split_once("::"));
    let is_type = |name: &&str| name.starts_with(char::is_uppercase);
    paths.filter(|(owner, method)| is_type(owner) && method.starts_with(char::is_lowercase)).collect()
}

/// Adds the text of all files in a folder.
fn read(path: &Path, text: &mut String) {
    if path.is_dir() {
        fs::read_dir(path).unwrap().for_each(|entry| read(&entry.unwrap().path(), text));
    } else {
        *text += &fs::read_to_string(path).unwrap();
    }
}

#[test]
fn every_option_in_an_advice_exists() {
    let sources = |owner: &str| -> &[&str] {
        match owner {
            "Config" => &["config"],
            "Policy" => &["policy.rs", "policy"],
            "Issuer" => &["issuer"],
            "JwtManager" => &["manager"],
            "JwtManagerBuilder" => &["builder"],
            "RequestInfo" => &["rule"],
            other => panic!("{other} has no source"),
        }
    };
    // In code, the names of this library's types precede variants, which are uppercase.
    let named = methods(ADVICE);
    assert!(named.len() > 40, "{named:?}");
    for (owner, method) in named {
        let mut text = String::new();
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
        sources(owner).iter().for_each(|path| read(&root.join(path), &mut text));
        let has = |end: &str| text.contains(&format!(" fn {method}{end}"));
        assert!(has("(") || has("<"), "{owner}::{method}");
    }
}

#[test]
fn an_advice_is_whole_sentences_that_say_where_to_act() {
    let mut codes = BTreeSet::new();
    for (jwt, text, policy, code, _) in rejected() {
        let explanation = explain(&jwt, &text, &policy);
        let advice = explanation.advice().unwrap();
        let places = ["client", "issuer", "service"];
        assert!(places.iter().any(|place| advice.contains(place)) && advice.ends_with('.'), "{advice}");
        codes.insert(code);
    }
    assert!(codes.iter().all(|code| CODES.contains(code)) && codes.len() > 25, "{codes:?}");
}

#[test]
fn the_keys_of_issuers_are_named_and_not_shown() {
    let (own, key) = (new_key(), new_key());
    let keys = KeySet::new([key.verifying_key().clone().with_id("2026-05")]).unwrap();
    let issuer = Issuer::new(LOGIN, keys).audience("orders").audience_alone();
    let jwt = keyless(Config::default()).keys(KeyRing::new(own)).trusted_issuer(issuer).build().unwrap();
    let issuing = keyless(Config::default().issuer(LOGIN).audience("orders"));
    let issuing = issuing.keys(KeyRing::new(key.with_id("2026-05"))).build();
    let text = issuing.unwrap_or_else(|error| panic!("{error}")).access_token("alice").encode().unwrap();
    let policy = Policy::access().any_issuer();
    let explanation = explain(&jwt, &text, &policy);
    assert!(explanation.rejected_by().is_none(), "{explanation}");
    assert!(explanation.stages().all(|stage| stage.outcome() != StageOutcome::NotReached));
    for (stage, expected) in [
        ("issuer", r#"iss "https://login.example" is the trusted issuer "https://login.example""#),
        ("keys", r#"keys of the issuer: ES256 "2026-05""#),
        ("signature", r#"keys for this header: ES256 "2026-05""#),
        (
            "accepted_issuer",
            "token of the trusted issuer \"https://login.example\"; accepted by the policy: own tokens, those of all trusted \
             issuers",
        ),
        ("kind", "access according to the audience; required: access"),
    ] {
        assert_eq!(compared(&jwt, &text, &policy, stage), expected, "{stage}");
    }
    assert!(block_on(jwt.verify(&text, &policy)).is_ok());
}
