//! What an access token of another issuer is, and whose it is.

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{Config, ConfigError, Issuer, JwtManager, Policy, Token, TokenError};

use crate::support::{HEADER, SECRET, block_on, invalid, payload, sign};
use crate::support_keys::keyless;

const LOGIN: &str = "https://login.example";

fn login() -> Issuer {
    Issuer::new(LOGIN, KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap()))
}

fn build(issuer: Issuer) -> Result<JwtManager, ConfigError> {
    keyless(Config::default()).trusted_issuer(issuer).build()
}

fn told(issuer: Issuer) -> String {
    build(issuer).unwrap_err().to_string()
}

fn token(header: &str, changes: &[(&str, &str)]) -> String {
    let iss = format!("\"{LOGIN}\"");
    sign(header, payload(&[&[("iss", &*iss)], changes].concat()))
}

/// Verifies a token where an access token is required.
fn ask(issuer: Issuer, header: &str, changes: &[(&str, &str)]) -> Result<Token, TokenError> {
    let jwt = build(issuer).unwrap();
    block_on(jwt.verify(&token(header, changes), &Policy::access()))?.into_token()
}

#[test]
fn without_a_rule_only_type_access_is_an_access_token() {
    let of_type = |json| ask(login(), HEADER, &[("type", json)]);
    assert_eq!(of_type("\"access\"").unwrap().kind(), "access");
    assert_eq!(invalid(of_type("")), InvalidToken::ClaimMissing("type".into()));
    assert_eq!(invalid(of_type("null")), InvalidToken::ClaimType("type".into()));
    for kind in ["\"refresh\"", "\"id\"", "\"Access\"", "\"Bearer\"", "\"\""] {
        assert_eq!(invalid(of_type(kind)), InvalidToken::Kind("access"), "{kind}");
    }
}

#[test]
fn a_claim_with_its_values_says_what_an_access_token_is() {
    let issuer = || login().kind_claim("token_use", ["access", "bearer"]);
    let of_use = |json| ask(issuer(), HEADER, &[("token_use", json), ("type", "")]);
    for good in ["\"access\"", "\"bearer\"", r#""\u0062earer""#] {
        assert_eq!(of_use(good).unwrap().kind(), "access", "{good}");
    }
    for other in ["\"id\"", "\"refresh\"", "\"Bearer\"", "\"\"", "\"access \""] {
        assert_eq!(invalid(of_use(other)), InvalidToken::Kind("access"), "{other}");
    }
    for broken in ["5", "null", r#"["access"]"#, "true"] {
        assert_eq!(invalid(of_use(broken)), InvalidToken::ClaimType("token_use".into()), "{broken}");
    }
    assert_eq!(invalid(of_use("")), InvalidToken::ClaimMissing("token_use".into()));
    // `type` has no meaning for this issuer.
    assert!(ask(issuer(), HEADER, &[("token_use", "\"access\""), ("type", "\"refresh\"")]).is_ok());
    assert!(ask(issuer(), HEADER, &[("token_use", "\"id\""), ("type", "\"access\"")]).is_err());
    // With other values, the usual one is not an access token.
    let keycloak = || login().kind_claim("typ", ["Bearer"]);
    assert!(ask(keycloak(), HEADER, &[("typ", "\"Bearer\"")]).is_ok());
    for other in ["\"ID\"", "\"Refresh\"", "\"Offline\"", "\"access\"", "\"refresh\""] {
        assert!(ask(keycloak(), HEADER, &[("typ", other)]).is_err(), "{other}");
    }
    let by_type = login().kind_claim("type", ["at"]);
    assert!(ask(by_type, HEADER, &[("type", "\"at\"")]).is_ok());
    assert!(ask(login().kind_claim("type", ["at"]), HEADER, &[]).is_err());
}

#[test]
fn the_typ_of_the_header_says_what_an_access_token_is() {
    let issuer = || login().access_typ(["app+at", "application/other"]);
    let of_typ = |typ: &str| ask(issuer(), &format!(r#"{{"alg":"HS256"{typ}}}"#), &[("type", "")]);
    for good in ["app+at", "APP+AT", "application/app+at", "other", "application/other"] {
        assert_eq!(of_typ(&format!(r#","typ":"{good}""#)).unwrap().kind(), "access", "{good}");
    }
    for other in ["", r#","typ":"JWT""#, r#","typ":"at+jwt""#, r#","typ":null"#, r#","typ":"app+at ""#] {
        assert_eq!(invalid(of_typ(other)), InvalidToken::Type, "{other}");
    }
    assert_eq!(invalid(ask(issuer(), HEADER, &[("type", "")])), InvalidToken::Type);
}

#[test]
fn the_audience_alone_accepts_no_id_token() {
    let issuer = || login().audience("api").audience_alone();
    let with = |changes: &[(&str, &str)]| {
        ask(issuer(), HEADER, &[&[("aud", "\"api\""), ("type", "")], changes].concat())
    };
    assert_eq!(with(&[]).unwrap().kind(), "access");
    assert!(with(&[("type", "\"anything\"")]).is_ok());
    for mark in ["nonce", "at_hash", "c_hash"] {
        assert_eq!(invalid(with(&[(mark, "\"x\"")])), InvalidToken::Kind("access"), "{mark}");
    }
    assert_eq!(invalid(with(&[("type", "\"refresh\"")])), InvalidToken::Kind("access"));
    assert_eq!(invalid(with(&[("aud", "\"client\"")])), InvalidToken::Audience);
    assert_eq!(invalid(with(&[("aud", "")])), InvalidToken::ClaimMissing("aud".into()));
    assert_eq!(invalid(with(&[("exp", "")])), InvalidToken::ClaimMissing("exp".into()));
}

#[test]
fn a_rule_that_says_nothing_is_an_error() {
    for (start, issuer) in [
        ("Issuer::audience_alone", login().audience_alone()),
        ("Issuer::rfc9068", login().rfc9068()),
        ("Issuer::access_typ", login().access_typ(["at+jwt", "jwt"])),
        ("Issuer::access_typ", login().access_typ(["application/JWT"])),
        ("Issuer::access_typ", login().access_typ([""])),
        ("Issuer::access_typ", login().access_typ([""; 0])),
        ("Issuer::kind_claim", login().kind_claim("use", [""; 0])),
        ("Issuer::kind_claim", login().kind_claim("use", [""])),
        ("Issuer::kind_claim", login().kind_claim("use", ["access", "refresh"])),
        ("Issuer::kind_claim", login().kind_claim("", ["access"])),
        ("Issuer::kind_claim", login().kind_claim("sub", ["access"])),
        ("Issuer::kind_claim", login().kind_claim("client_id", ["access"])),
        ("Issuer::kind_claim", login().kind_claim("exchanged_at", ["access"])),
        ("Issuer::kind_claim", login().kind_claim("azp", ["access"]).identity_claims(["azp"])),
        ("Issuer must", login().audience("api").rfc9068().audience_alone()),
        ("Issuer must", login().kind_claim("use", ["a"]).kind_claim("typ", ["b"])),
        ("Issuer::any_typ", login().any_typ(true).access_typ(["at+jwt"])),
        ("Issuer::identity_claims", login().identity_claims([""; 0])),
        ("Issuer::identity_claims", login().identity_claims(["sub", ""])),
        ("Issuer::identity_claims", login().identity_claims(["sub", "jti"])),
        ("Issuer::identity_claims", login().identity_claims(["a", "b", "c", "d", "e"])),
    ] {
        let text = told(issuer);
        assert!(text.starts_with(start), "{start}: {text}");
    }
    assert!(build(login().identity_claims(["a", "b", "c", "sub"])).is_ok());
}

#[test]
fn a_machine_is_known_by_the_first_claim_that_is_there() {
    let issuer = || login().identity_claims(["sub", "client_id", "azp"]);
    let of = |changes: &[(&str, &str)]| ask(issuer(), HEADER, changes);
    let who = |changes: &[(&str, &str)]| of(changes).unwrap().identity().to_owned();
    assert_eq!(who(&[]), "alice");
    assert_eq!(who(&[("azp", "\"app\""), ("client_id", "\"id\"")]), "alice");
    assert_eq!(who(&[("sub", ""), ("azp", "\"app\"")]), "app");
    assert_eq!(who(&[("sub", ""), ("azp", "\"app\""), ("client_id", "\"id\"")]), "id");
    assert_eq!(who(&[("sub", ""), ("azp", r#""\u0061pp""#)]), "app");
    assert_eq!(who(&[("sub", ""), ("azp", "5")]), "5");
    assert_eq!(invalid(of(&[("sub", "")])), InvalidToken::ClaimMissing("sub".into()));
    // The first one decides, even if it is of no use.
    for empty in ["\"\"", "null"] {
        let why = invalid(of(&[("sub", ""), ("client_id", empty), ("azp", "\"app\"")]));
        assert_eq!(why, InvalidToken::EmptyIdentity, "{empty}");
    }
    assert_eq!(invalid(of(&[("sub", "\"\""), ("azp", "\"app\"")])), InvalidToken::EmptyIdentity);
    assert_eq!(
        invalid(of(&[("sub", "null"), ("azp", "\"app\"")])),
        InvalidToken::ClaimType("sub".into()),
        "`sub` is a string in any case"
    );
    for odd in ["true", "[]", r#"["app"]"#, "{}"] {
        let why = invalid(of(&[("sub", ""), ("azp", odd)]));
        assert_eq!(why, InvalidToken::ClaimType("azp".into()), "{odd}");
    }
    // A claim that is not the identity still has to be readable.
    assert!(of(&[("azp", r#""\ud800""#)]).is_err());
    assert!(of(&[("azp", r#""a","azp":"b""#)]).is_err(), "a name that occurs twice");
}

#[test]
fn the_managers_identity_claim_is_not_the_issuers() {
    let config = Config::default().identity_claim("uid");
    let jwt = keyless(config).trusted_issuer(login()).build().unwrap();
    assert_eq!(jwt.decode(&token(HEADER, &[("uid", "\"bob\"")])).unwrap().identity(), "alice");
    assert!(jwt.decode(&token(HEADER, &[("uid", "\"bob\""), ("sub", "")])).is_err());
}
