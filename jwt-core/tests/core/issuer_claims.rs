//! Claims of other issuers that must have certain values, ID tokens, and additional values of `typ`.

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{Config, ConfigError, Issuer, JwtManager, Policy, Token, TokenError};

use crate::building::assert_told;
use crate::support::{HEADER, SECRET, block_on, invalid, payload, sign};
use crate::support_keys::keyless;

const LOGIN: &str = "https://login.example";

fn login() -> Issuer {
    Issuer::new(LOGIN, KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap()))
}

fn build(issuer: Issuer) -> Result<JwtManager, ConfigError> {
    keyless(Config::default()).trusted_issuer(issuer).build()
}

fn assert_refused(issuer: Issuer, option: &str) {
    assert_told(&build(issuer).unwrap_err(), option);
}

/// Verifies a token where an access token is required.
fn ask(issuer: Issuer, header: &str, changes: &[(&str, &str)]) -> Result<Token, TokenError> {
    let iss = format!("\"{LOGIN}\"");
    let token = sign(header, payload(&[&[("iss", &*iss)], changes].concat()));
    block_on(build(issuer).unwrap().verify(&token, &Policy::access()))?.into_token()
}

#[test]
fn a_claim_must_have_one_of_its_values() {
    let issuer = || login().require_claim("client_id", ["web", "app"]);
    let of = |json| ask(issuer(), HEADER, &[("client_id", json)]);
    for good in ["\"web\"", "\"app\"", r#""\u0061pp""#] {
        assert!(of(good).is_ok(), "{good}");
    }
    for other in ["\"other\"", "\"WEB\"", "\"web \"", "\"we\"", "\"web app\"", "\"\""] {
        assert_eq!(invalid(of(other)), InvalidToken::ClaimValue("client_id".into()), "{other}");
    }
    for odd in ["null", "5", "true", r#"["web"]"#, r#"{"web":"web"}"#] {
        assert_eq!(invalid(of(odd)), InvalidToken::ClaimType("client_id".into()), "{odd}");
    }
    assert_eq!(invalid(of("")), InvalidToken::ClaimMissing("client_id".into()));
    assert!(of(r#""web","client_id":"other""#).is_err(), "a name that occurs twice");
    assert!(of(r#""web","client\u005fid":"other""#).is_err(), "a name that occurs twice");
}

#[test]
fn any_claim_without_a_rule_of_its_own_can_have_values() {
    let claims = ["repository", "sub", "azp", "https://example.com/org", "ver", "jti", "type", "scope"];
    for name in claims {
        // `type` and `jti` have other values in the tokens of these tests.
        let value = match name {
            "type" => "access",
            "jti" => "id-1",
            _ => "example/api",
        };
        let json = format!("\"{value}\"");
        let issuer = || login().require_claim(name, [value]);
        assert!(ask(issuer(), HEADER, &[(name, &json)]).is_ok(), "{name}");
        assert!(ask(issuer(), HEADER, &[(name, "\"example/other\"")]).is_err(), "{name}");
        assert!(ask(issuer(), HEADER, &[(name, "")]).is_err(), "{name}");
    }
    // It can also be required, hold the identity, or hold the kind.
    let identity =
        || login().identity_claims(["uid"]).required_claims(["uid"]).require_claim("uid", ["a", "b"]);
    assert_eq!(ask(identity(), HEADER, &[("uid", "\"a\"")]).unwrap().identity(), "a");
    assert_eq!(invalid(ask(identity(), HEADER, &[("uid", "\"c\"")])), InvalidToken::ClaimValue("uid".into()));
    let kind = || login().kind_claim("azp", ["web", "app"]).require_claim("azp", ["web"]);
    assert!(ask(kind(), HEADER, &[("azp", "\"web\"")]).is_ok());
    assert_eq!(invalid(ask(kind(), HEADER, &[("azp", "\"app\"")])), InvalidToken::ClaimValue("azp".into()));
}

#[test]
fn a_claim_can_be_absent_but_not_have_other_values() {
    let issuer = || login().restrict_claim("sts", ["active"]);
    assert!(ask(issuer(), HEADER, &[]).is_ok());
    assert!(ask(issuer(), HEADER, &[("sts", "\"active\"")]).is_ok());
    assert_eq!(
        invalid(ask(issuer(), HEADER, &[("sts", "\"pending\"")])),
        InvalidToken::ClaimValue("sts".into())
    );
    for odd in ["null", "true", r#"["active"]"#] {
        assert_eq!(invalid(ask(issuer(), HEADER, &[("sts", odd)])), InvalidToken::ClaimType("sts".into()));
    }
}

#[test]
fn all_calls_apply() {
    let issuer = || {
        login()
            .require_claim("org", ["a", "b"])
            .require_claim("repo", ["x"])
            .restrict_claim("org", ["b", "c"])
            .restrict_claim("env", ["prod"])
    };
    let of = |changes: &[(&str, &str)]| ask(issuer(), HEADER, changes);
    assert!(of(&[("org", "\"b\""), ("repo", "\"x\"")]).is_ok());
    assert!(of(&[("env", "\"prod\""), ("repo", "\"x\""), ("org", "\"b\"")]).is_ok());
    for (name, changes) in [
        ("org", [("org", "\"a\""), ("repo", "\"x\"")]),
        ("org", [("org", "\"c\""), ("repo", "\"x\"")]),
        ("repo", [("org", "\"b\""), ("repo", "\"y\"")]),
        ("env", [("env", "\"x\""), ("org", "\"b\"")]),
    ] {
        let changes = [&[("repo", "\"x\"")], &changes[..]].concat();
        assert_eq!(invalid(of(&changes)), InvalidToken::ClaimValue(name.into()));
    }
    assert_eq!(invalid(of(&[("repo", "\"x\"")])), InvalidToken::ClaimMissing("org".into()));
    assert_eq!(invalid(of(&[("org", "\"b\"")])), InvalidToken::ClaimMissing("repo".into()));
    // Two calls that both permit absence still do together.
    let absent = login().restrict_claim("x", ["a", "b"]).restrict_claim("x", ["b"]);
    assert!(ask(absent, HEADER, &[]).is_ok());
}

#[test]
fn values_that_no_token_can_have_are_an_error() {
    let claims = |count: usize| {
        (0..count).fold(login(), |issuer, at| issuer.require_claim(format!("claim{at}"), ["a"]))
    };
    for name in ["", "iss", "aud", "exp", "nbf", "iat", "cnf"] {
        assert_refused(login().require_claim(name, ["a"]), "Issuer::require_claim");
        assert_refused(login().restrict_claim(name, ["a"]), "Issuer::require_claim");
    }
    for issuer in [
        login().require_claim("x", [""; 0]),
        login().require_claim("x", ["a", ""]),
        login().restrict_claim("x", [""]),
        login().require_claim("x", ["a"]).require_claim("x", ["b"]),
        login().audience("web").id_tokens().require_claim("azp", ["other"]),
        claims(9),
        claims(8).audience("web").id_tokens(),
    ] {
        assert_refused(issuer, "Issuer::require_claim");
    }
    assert!(build(claims(8).require_claim("claim0", ["a", "b"])).is_ok());
}

fn id_tokens() -> Issuer {
    login().audience("web").audience("app").id_tokens()
}

fn id_token(changes: &[(&str, &str)]) -> Result<Token, TokenError> {
    let usual = [("aud", "\"web\""), ("iat", "1893455990"), ("type", ""), ("jti", "")];
    ask(id_tokens(), HEADER, &[&usual, changes].concat())
}

#[test]
fn an_id_token_of_an_own_client_is_accepted() {
    let whole = [
        ("nonce", "\"n\""),
        ("at_hash", "\"h\""),
        ("c_hash", "\"h\""),
        ("auth_time", "1893455000"),
        ("azp", "\"app\""),
        ("email_verified", "true"),
    ];
    for changes in [
        &[][..],
        &whole,
        &[("azp", "\"web\"")],
        &[("aud", r#"["app"]"#)],
        &[("aud", r#"["web","app"]"#), ("azp", "\"web\"")],
        &[("type", "\"id\"")],
    ] {
        let token = id_token(changes).unwrap();
        assert_eq!((token.identity(), token.kind()), ("alice", "access"), "{changes:?}");
    }
}

#[test]
fn an_id_token_for_someone_else_is_refused() {
    let azp = || "azp".into();
    for (changes, why) in [
        (&[("aud", "\"other\"")][..], InvalidToken::Audience),
        (&[("aud", "")], InvalidToken::ClaimMissing("aud".into())),
        (&[("aud", "[]")], InvalidToken::ClaimMissing("aud".into())),
        // Another client can share it.
        (&[("aud", r#"["web","other"]"#), ("azp", "\"web\"")], InvalidToken::Audience),
        (&[("aud", r#"["web","app"]"#)], InvalidToken::ClaimMissing(azp())),
        (&[("aud", r#"["web","web"]"#)], InvalidToken::ClaimMissing(azp())),
        // Another client has obtained it.
        (&[("azp", "\"other\"")], InvalidToken::ClaimValue(azp())),
        (&[("azp", "\"\"")], InvalidToken::ClaimValue(azp())),
        (&[("azp", "null")], InvalidToken::ClaimType(azp())),
        (&[("azp", r#"["web"]"#)], InvalidToken::ClaimType(azp())),
        (&[("aud", r#"["web","app"]"#), ("azp", "\"other\"")], InvalidToken::ClaimValue(azp())),
        (&[("iat", "")], InvalidToken::ClaimMissing("iat".into())),
        (&[("exp", "")], InvalidToken::ClaimMissing("exp".into())),
        (&[("sub", "")], InvalidToken::ClaimMissing("sub".into())),
        (&[("events", "{}")], InvalidToken::Kind("access")),
        (&[("events", "null")], InvalidToken::Kind("access")),
        (&[("type", "\"refresh\"")], InvalidToken::Kind("access")),
    ] {
        assert_eq!(invalid(id_token(changes)), why, "{changes:?}");
    }
    assert!(id_token(&[("type", r#""\ud800""#)]).is_err());
    let usual = [("aud", "\"web\""), ("iat", "1893455990")];
    for typ in ["at+jwt", "logout+jwt", "secevent+jwt"] {
        let header = format!(r#"{{"alg":"HS256","typ":"{typ}"}}"#);
        assert_eq!(invalid(ask(id_tokens(), &header, &usual)), InvalidToken::Type, "{typ}");
    }
    assert!(ask(id_tokens(), r#"{"alg":"HS256"}"#, &usual).is_ok());
    // The claims of OpenID Connect are required whatever else is set.
    let lenient = || id_tokens().insecure_allow_missing_exp(true).identity_claims(["email", "sub"]);
    for name in ["exp", "sub"] {
        let changes = [&usual[..], &[("email", "\"a@example.com\""), (name, "")]].concat();
        assert_eq!(invalid(ask(lenient(), HEADER, &changes)), InvalidToken::ClaimMissing(name.into()));
    }
    // `azp` is checked if it is the identity as well.
    let by_azp = || id_tokens().identity_claims(["azp"]);
    let changes = |azp| [&usual[..], &[("azp", azp)]].concat();
    assert_eq!(ask(by_azp(), HEADER, &changes("\"app\"")).unwrap().identity(), "app");
    assert_eq!(invalid(ask(by_azp(), HEADER, &changes("\"x\""))), InvalidToken::ClaimValue(azp()));
}

#[test]
fn id_tokens_are_one_rule_of_several() {
    assert_refused(login().id_tokens(), "Issuer::id_tokens");
    assert_refused(id_tokens().any_typ(true), "Issuer::any_typ");
    assert_refused(id_tokens().accept_typ("at+jwt"), "Issuer::accept_typ");
    for both in [
        id_tokens().rfc9068(),
        id_tokens().audience_alone(),
        id_tokens().kind_claim("use", ["id"]),
        id_tokens().access_typ(["x"]),
    ] {
        assert_refused(both, "Issuer");
    }
}

#[test]
fn the_audience_alone_accepts_no_logout_token() {
    let issuer = || login().audience("api").audience_alone();
    let with = |name| ask(issuer(), HEADER, &[("aud", "\"api\""), (name, "{}")]);
    assert_eq!(invalid(with("events")), InvalidToken::Kind("access"));
    assert!(with("event").is_ok());
    // An identity claim of that name does not hide it.
    for name in ["events", "nonce"] {
        let issuer = issuer().identity_claims(["sub", name]);
        let why = invalid(ask(issuer, HEADER, &[("aud", "\"api\""), (name, "\"x\"")]));
        assert_eq!(why, InvalidToken::Kind("access"), "{name}");
    }
}

#[test]
fn a_typ_is_accepted_in_addition_to_jwt() {
    let issuers: [fn() -> Issuer; 3] = [
        || login().accept_typ("at+jwt"),
        || login().accept_typ("application/at+jwt").kind_claim("type", ["access"]),
        || login().accept_typ("AT+JWT").accept_typ("cat").audience("api").audience_alone(),
    ];
    for (at, issuer) in issuers.into_iter().enumerate() {
        let aud = if at == 2 { "\"api\"" } else { "" };
        let with = |header: &str| ask(issuer(), header, &[("aud", aud)]);
        for header in [
            HEADER,
            r#"{"alg":"HS256"}"#,
            r#"{"alg":"HS256","typ":"jwt"}"#,
            r#"{"alg":"HS256","typ":"at+jwt"}"#,
            r#"{"alg":"HS256","typ":"application/AT+JWT"}"#,
        ] {
            assert!(with(header).is_ok(), "{at} {header}");
        }
        for typ in [
            "\"logout+jwt\"",
            "\"dpop+jwt\"",
            "\"secevent+jwt\"",
            "\"\"",
            "null",
            r#"["at+jwt"]"#,
            "\"at+jwt \"",
        ] {
            let header = format!(r#"{{"alg":"HS256","typ":{typ}}}"#);
            assert_eq!(invalid(with(&header)), InvalidToken::Type, "{at} {typ}");
        }
        assert_eq!(with(r#"{"alg":"HS256","typ":"cat"}"#).is_ok(), at == 2);
    }
    // The rule for access tokens still applies.
    let at_jwt = r#"{"alg":"HS256","typ":"at+jwt"}"#;
    let why = invalid(ask(login().accept_typ("at+jwt"), at_jwt, &[("type", "\"refresh\"")]));
    assert_eq!(why, InvalidToken::Kind("access"));
    assert!(build(login().accept_typ("JWT")).is_ok());
}

#[test]
fn a_typ_must_not_contradict_another_rule() {
    for typ in ["", "logout+jwt", "Secevent+JWT", "application/dpop+jwt"] {
        assert_refused(login().accept_typ(typ), "Issuer::accept_typ");
    }
    assert_refused(login().audience("api").rfc9068().accept_typ("at+jwt"), "Issuer::accept_typ");
    assert_refused(login().access_typ(["x"]).accept_typ("at+jwt"), "Issuer::accept_typ");
    assert_refused(login().any_typ(true).accept_typ("at+jwt"), "Issuer::any_typ");
}

#[test]
fn identities_and_kinds_of_providers_are_permitted() {
    let okta = login().identity_claims(["uid", "cid"]).kind_claim("azp", ["web"]);
    let machine = ask(okta, HEADER, &[("cid", "\"app\""), ("azp", "\"web\"")]).unwrap();
    assert_eq!(machine.identity(), "app");
}

#[test]
fn a_forbidden_claim_must_be_absent_whatever_its_value() {
    let issuer = || login().forbid_claim("client_id");
    assert!(ask(issuer(), HEADER, &[]).is_ok());
    assert!(ask(issuer(), HEADER, &[("client", "\"web\"")]).is_ok());
    for value in ["\"web\"", "\"\"", "null", "[]", "false"] {
        assert!(ask(issuer(), HEADER, &[("client_id", value)]).is_err(), "{value}");
    }
    assert_eq!(
        invalid(ask(issuer(), HEADER, &[("client_id", "\"web\"")])),
        InvalidToken::ClaimValue("client_id".into())
    );
    // It narrows what else may be absent.
    let both = || login().restrict_claim("x", ["a"]).forbid_claim("x").forbid_claim("x");
    assert!(ask(both(), HEADER, &[]).is_ok());
    assert!(ask(both(), HEADER, &[("x", "\"a\"")]).is_err());
    for issuer in [
        login().forbid_claim(""),
        login().forbid_claim("exp"),
        login().forbid_claim("sub"),
        login().forbid_claim("x").require_claim("x", ["a"]),
        login().required_claims(["x"]).forbid_claim("x"),
    ] {
        assert_refused(issuer, "Issuer::require_claim");
    }
}
