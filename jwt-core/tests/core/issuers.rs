//! Other services whose tokens are accepted, each with its own keys and rules.

use jwt_core::error::{InvalidToken, Segment};
use jwt_core::keys::{Algorithm, Backend, KeyRing, KeySet, SigningKey, VerifyingKey};
use jwt_core::{Config, ConfigError, EncodeError, Issuer, JwtManager, Policy, Token, TokenError};

use crate::support::{HEADER, NOW, SECRET, authenticate, bearer, both, invalid, payload, sign};
use crate::support_keys::{KINDS, file, issue, keyless, new_key, signing, told, verifying};

const LOGIN: &str = "https://login.example";
const OTHER: &str = "https://other.example";
const OTHER_SECRET: &str = "another-battery-another-horse-another-battery-another-horse-anot";
const AT_JWT: &str = r#"{"alg":"HS256","typ":"at+jwt"}"#;

fn keys(secret: &str) -> KeySet {
    KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, secret).unwrap())
}

/// An issuer whose tokens are created with [`sign`].
fn login() -> Issuer {
    Issuer::new(LOGIN, keys(SECRET))
}

/// Returns a manager with its own key that trusts these issuers.
fn trusting(issuers: impl IntoIterator<Item = Issuer>) -> JwtManager {
    let builder = keyless(Config::default()).key_pair(signing(Algorithm::ES256));
    issuers.into_iter().fold(builder, |builder, issuer| builder.trusted_issuer(issuer)).build().unwrap()
}

/// Returns a token of [`login`] with these changes.
fn token(changes: &[(&str, &str)]) -> String {
    token_with(HEADER, changes)
}

fn token_with(header: &str, changes: &[(&str, &str)]) -> String {
    let iss = format!("\"{LOGIN}\"");
    sign(header, payload(&[&[("iss", &*iss)], changes].concat()))
}

fn ask(issuer: Issuer, token: &str) -> Result<Token, TokenError> {
    trusting([issuer]).decode(token)
}

fn build(config: Config, issuer: Issuer) -> Result<JwtManager, ConfigError> {
    keyless(config).trusted_issuer(issuer).build()
}

#[test]
fn tokens_of_an_issuer_are_accepted_in_addition_to_own_tokens() {
    let jwt = trusting([login()]);
    let read = jwt.decode(&token(&[])).unwrap();
    assert_eq!((read.identity(), read.issuer()), ("alice", Some(LOGIN)));
    assert!(authenticate(&jwt, &bearer(&token(&[])), &Policy::access().issuer(LOGIN)).is_ok());
    assert_eq!(invalid(jwt.check(&bearer(&token(&[])), &Policy::refresh())), InvalidToken::Kind("refresh"));
    let own = jwt.decode(&issue(&jwt)).unwrap();
    assert_eq!((own.identity(), own.issuer()), ("alice", None));
    assert_eq!(jwt.jwks().len(), 1, "only the own key is published");
}

#[test]
fn a_key_never_verifies_the_token_of_another_issuer() {
    let jwt = trusting([login(), Issuer::new(OTHER, keys(OTHER_SECRET))]);
    let by_other = |issuer: &str| {
        issue(&keyless(Config::default().encode_issuer(issuer)).secret(OTHER_SECRET).build().unwrap())
    };
    let by_own = |issuer: &str| {
        let config = Config::default().encode_issuer(issuer);
        issue(&keyless(config).key_pair(signing(Algorithm::ES256)).build().unwrap())
    };
    assert!(jwt.decode(&token(&[])).is_ok() && jwt.decode(&by_other(OTHER)).is_ok());
    assert_eq!(invalid(jwt.decode(&token(&[("iss", "\"https://other.example\"")]))), InvalidToken::Signature);
    assert_eq!(invalid(jwt.decode(&by_other(LOGIN))), InvalidToken::Signature);
    // The manager's own key does not verify their tokens. Their keys do not verify its own tokens, either.
    for issuer in [LOGIN, OTHER] {
        assert_eq!(invalid(jwt.decode(&by_own(issuer))), InvalidToken::AlgorithmNotAllowed);
    }
    assert!(jwt.decode(&by_own("https://nobody.example")).is_ok());
    for iss in ["", "null", "5", r#"["https://login.example"]"#] {
        assert_eq!(invalid(jwt.decode(&token(&[("iss", iss)]))), InvalidToken::AlgorithmNotAllowed, "{iss}");
    }
    // The own key cannot have signed them, so it is the issuer that is wrong.
    for iss in ["\"https://nobody.example\"", "\"\""] {
        assert_eq!(invalid(jwt.decode(&token(&[("iss", iss)]))), InvalidToken::Issuer, "{iss}");
    }
}

#[test]
fn a_name_is_compared_to_the_letter() {
    let jwt = trusting([login()]);
    for name in ["https://login.example/", "https://LOGIN.example", " https://login.example", "login.example"]
    {
        assert!(jwt.decode(&token(&[("iss", &format!("\"{name}\""))])).is_err(), "{name}");
    }
    assert!(jwt.decode(&token(&[("iss", r#""https:\/\/login\u002eexample""#)])).is_ok());
    let twice = payload(&[]).replacen('{', &format!(r#"{{"iss":"{LOGIN}","iss":"{LOGIN}","#), 1);
    assert!(jwt.decode(&sign(HEADER, twice)).is_err());
}

#[test]
fn a_manager_can_have_no_keys_except_its_issuers() {
    for config in both() {
        let jwt = build(config, login()).unwrap();
        assert!(jwt.decode(&token(&[])).is_ok());
        assert!(jwt.jwks().is_empty());
        assert!(matches!(jwt.access_token("alice").encode(), Err(EncodeError::NoSigningKey)));
        for iss in ["", "\"https://nobody.example\"", "5"] {
            assert_eq!(invalid(jwt.decode(&token(&[("iss", iss)]))), InvalidToken::Issuer, "{iss}");
        }
        let none = token_with(r#"{"alg":"none"}"#, &[("iss", "\"x\"")]);
        assert_eq!(invalid(jwt.decode(&none)), InvalidToken::Issuer);
        assert_eq!(
            invalid(jwt.decode("a.b.c")),
            InvalidToken::Encoding(Segment::Header),
            "an unreadable token belongs to no issuer"
        );
        let later = jwt.clone();
        later.set_keys(KeyRing::new(new_key())).unwrap();
        assert!(jwt.decode(&issue(&later)).is_ok() && jwt.decode(&token(&[])).is_ok());
    }
}

#[test]
fn names_clash_with_no_other() {
    let clash = |error: ConfigError| crate::building::assert_told(&error, "Issuer::new");
    clash(build(Config::default(), Issuer::new("", keys(SECRET))).unwrap_err());
    let twice = keyless(Config::default()).trusted_issuer(login()).trusted_issuer(login()).build();
    assert!(twice.unwrap_err().to_string().starts_with("trusted_issuer"));
    for config in [
        Config::default().issuer(LOGIN),
        Config::default().decode_issuer(["me", LOGIN]),
        // The manager's own tokens would be attributed to the issuer.
        Config::default().encode_issuer(LOGIN),
    ] {
        let error = build(config, login()).unwrap_err();
        assert!(error.to_string().starts_with("trusted_issuer"), "{error}");
    }
    assert!(build(Config::default().issuer("me"), login()).is_ok());
}

#[test]
fn an_audience_is_that_of_the_issuer() {
    let aud = |aud| token(&[("aud", aud)]);
    for (good, bad) in [
        ("\"api\"", "\"other\""),
        (r#"["other","api"]"#, r#"["other"]"#),
        ("\"web\"", "[]"),
        ("\"api\"", "5"),
        ("\"api\"", ""),
        ("\"api\"", "null"),
        ("\"api\"", "\"\""),
    ] {
        let issuer = || login().audience("api").audience("web");
        assert!(ask(issuer(), &aud(good)).is_ok(), "{good}");
        assert!(ask(issuer(), &aud(bad)).is_err(), "{bad}");
        // The configured audience does not apply to the issuer, and neither does the lack of one.
        for config in [Config::default().audience("own"), Config::flask_compatible()] {
            let jwt = build(config, issuer()).unwrap();
            assert!(jwt.decode(&aud(good)).is_ok() && jwt.decode(&aud(bad)).is_err(), "{good} {bad}");
        }
    }
    for config in both() {
        let jwt = build(config, login()).unwrap();
        assert_eq!(invalid(jwt.decode(&aud("\"api\""))), InvalidToken::Audience);
    }
    let empty = build(Config::default(), login().audience("")).unwrap_err();
    assert!(empty.to_string().starts_with("Issuer::audience"));
}

#[test]
fn required_claims_are_those_of_the_issuer() {
    assert!(ask(login(), &token(&[("jti", "")])).is_ok());
    for name in ["exp", "type", "sub"] {
        assert_eq!(
            invalid(ask(login(), &token(&[(name, "")]))),
            InvalidToken::ClaimMissing(name.into()),
            "{name}"
        );
        let jwt = build(Config::flask_compatible(), login()).unwrap();
        // The preset is lenient about `type` only for the manager's own tokens.
        assert!(jwt.decode(&token(&[(name, "")])).is_err(), "{name}");
    }
    let issuer = || login().required_claims(["tenant"]).required_claims(["jti"]);
    assert!(ask(issuer(), &token(&[("tenant", "1")])).is_ok());
    // Requiring a claim drops no other requirement.
    for name in ["tenant", "jti", "exp", "type", "sub"] {
        let missing = token(&[("tenant", "1"), (name, "")]);
        assert_eq!(invalid(ask(issuer(), &missing)), InvalidToken::ClaimMissing(name.into()));
    }
    let error = build(Config::default(), login().required_claims([""])).unwrap_err();
    assert!(error.to_string().starts_with("Issuer::required_claims"), "{error}");
    let eternal = || token(&[("exp", "")]);
    assert!(ask(login().insecure_allow_missing_exp(true), &eternal()).is_ok());
    assert!(ask(login().insecure_allow_missing_exp(false), &eternal()).is_err());
    assert!(
        ask(login().insecure_allow_missing_exp(true).required_claims(["exp"]), &eternal()).is_err(),
        "a claim that is required explicitly stays required"
    );
}

#[test]
fn expiry_is_judged_as_for_own_tokens() {
    let expired = token(&[("exp", &NOW.to_string())]);
    assert!(matches!(ask(login(), &expired), Err(TokenError::Expired(_))));
    let jwt = build(Config::default().exp_leeway(crate::support::secs(1)), login()).unwrap();
    assert!(jwt.decode(&expired).is_ok());
}

#[test]
fn algorithms_are_those_of_the_keys_or_fewer() {
    let issued = |algorithm| {
        let config = Config::default().encode_issuer(LOGIN);
        let key = signing(algorithm);
        let one = keyless(config.clone()).key_pair(key.clone()).build().unwrap();
        [issue(&one), issue(&keyless(config).keys(KeyRing::new(key)).build().unwrap())]
    };
    let none = Issuer::new(LOGIN, KeySet::single(verifying(Algorithm::ES256))).algorithms([Algorithm::RS256]);
    let error = build(Config::default(), none).unwrap_err();
    assert!(error.to_string().starts_with("Issuer::algorithms"), "{error}");
    let all = Issuer::new(LOGIN, KeySet::new(KINDS.map(verifying)).unwrap());
    let jwt = build(Config::default(), all).unwrap();
    let some = [Algorithm::ES256, Algorithm::EdDSA];
    let fewer = Issuer::new(LOGIN, KeySet::new(KINDS.map(verifying)).unwrap()).algorithms(some);
    let fewer = build(Config::default(), fewer).unwrap();
    for algorithm in KINDS {
        for token in issued(algorithm) {
            assert!(jwt.decode(&token).is_ok(), "{algorithm}");
            if some.contains(&algorithm) {
                assert!(fewer.decode(&token).is_ok(), "{algorithm}");
            } else {
                assert_eq!(invalid(fewer.decode(&token)), InvalidToken::AlgorithmNotAllowed);
            }
        }
    }
}

#[test]
fn secrets_without_an_id_are_all_tried() {
    let keys = [OTHER_SECRET, SECRET].map(|s| VerifyingKey::from_secret(Algorithm::HS256, s).unwrap());
    let issuer = Issuer::new(LOGIN, KeySet::new(keys).unwrap());
    // One has the header of the library's own tokens; the other has a different one.
    let jwt = trusting([issuer]);
    for header in [HEADER, r#"{"typ":"JWT","alg":"HS256"}"#] {
        assert!(jwt.decode(&token_with(header, &[])).is_ok(), "{header}");
    }
}

#[test]
fn keys_are_prepared_by_the_managers_library() {
    for &backend in Backend::all() {
        for algorithm in KINDS {
            let issuer = Issuer::new(LOGIN, KeySet::new([verifying(algorithm)]).unwrap());
            let jwt = keyless(Config::default()).trusted_issuer(issuer).backend(backend).build().unwrap();
            let config = Config::default().encode_issuer(LOGIN);
            let signer = keyless(config).keys(KeyRing::new(signing(algorithm))).build().unwrap();
            assert!(jwt.decode(&issue(&signer)).is_ok());
        }
        if let Ok(large) = VerifyingKey::from_pem(Algorithm::RS256, file("rs8192.pub.pem")) {
            let issuer = Issuer::new(LOGIN, KeySet::single(large));
            let built = keyless(Config::default()).trusted_issuer(issuer).backend(backend).build();
            if backend == Backend::default() {
                assert!(built.is_ok());
            } else {
                assert!(told(built).0.contains("8192"));
            }
        }
    }
}

/// Returns all claims that RFC 9068, 2.2 requires, with these changes.
fn at_jwt(changes: &[(&str, &str)]) -> Vec<(String, String)> {
    let iat = NOW.to_string();
    let all = [
        ("iss", "\"https://login.example\""),
        ("aud", "\"api\""),
        ("client_id", "\"app\""),
        ("iat", &*iat),
        ("type", ""),
    ];
    [&all[..], changes].concat().iter().map(|(name, json)| ((*name).into(), (*json).into())).collect()
}

fn at_token(header: &str, changes: &[(&str, &str)]) -> String {
    let changes = at_jwt(changes);
    let changes: Vec<_> = changes.iter().map(|(name, json)| (&**name, &**json)).collect();
    sign(header, payload(&changes))
}

fn rfc9068() -> Issuer {
    login().audience("api").rfc9068()
}

#[test]
fn an_access_token_of_rfc_9068_is_known_by_its_typ() {
    let jwt = trusting([rfc9068()]);
    for typ in ["at+jwt", "AT+JWT", "application/at+jwt"] {
        let header = format!(r#"{{"typ":"{typ}","alg":"HS256"}}"#);
        let view = bearer(&at_token(&header, &[]));
        assert!(authenticate(&jwt, &view, &Policy::access().issuer(LOGIN)).is_ok(), "{typ}");
        assert_eq!(invalid(jwt.check(&view, &Policy::refresh())), InvalidToken::Kind("refresh"));
    }
    // The first one is exactly the header of the library's own tokens.
    for header in [
        HEADER,
        r#"{"alg":"HS256"}"#,
        r#"{"typ":"JWT","alg":"HS256"}"#,
        r#"{"alg":"HS256","typ":"id+jwt"}"#,
        r#"{"alg":"HS256","typ":null}"#,
        r#"{"alg":"HS256","typ":["at+jwt"]}"#,
    ] {
        assert_eq!(invalid(jwt.decode(&at_token(header, &[]))), InvalidToken::Type, "{header}");
    }
    // No other issuer accepts this `typ`.
    assert_eq!(invalid(ask(login().audience("api"), &at_token(AT_JWT, &[]))), InvalidToken::Type);
}

#[test]
fn an_access_token_of_rfc_9068_has_all_its_claims() {
    let jwt = trusting([rfc9068().required_claims(["tenant"])]);
    let full = at_token(AT_JWT, &[("tenant", "1")]);
    assert!(jwt.decode(&full).is_ok());
    for name in ["exp", "aud", "sub", "client_id", "iat", "jti", "tenant"] {
        let missing = at_token(AT_JWT, &[("tenant", "1"), (name, "")]);
        assert_eq!(invalid(jwt.decode(&missing)), InvalidToken::ClaimMissing(name.into()), "{name}");
    }
    let nobody = at_token(AT_JWT, &[("tenant", "1"), ("iss", "")]);
    assert!(jwt.decode(&nobody).is_err());
    for (name, value) in [
        ("exp", "\"soon\""),
        ("aud", "5"),
        ("sub", "5"),
        ("client_id", "5"),
        ("client_id", "null"),
        ("client_id", r#"["app"]"#),
        ("iat", "\"now\""),
        ("iat", "null"),
        ("jti", "5"),
    ] {
        let wrong = at_token(AT_JWT, &[("tenant", "1"), (name, value)]);
        assert_eq!(invalid(jwt.decode(&wrong)), InvalidToken::ClaimType(name.into()), "{name}: {value}");
    }
}

#[test]
fn the_type_claim_of_rfc_9068_is_the_issuers_own() {
    let jwt = trusting([rfc9068()]);
    for kind in ["", "\"access\"", "\"refresh\"", "\"anything\"", "5", "null", "{}"] {
        let view = bearer(&at_token(AT_JWT, &[("type", kind)]));
        assert!(jwt.check(&view, &Policy::access().issuer(LOGIN)).is_ok(), "{kind}");
        assert!(jwt.check(&view, &Policy::refresh()).is_err(), "{kind}");
    }
}

#[test]
fn rfc_9068_needs_an_audience_and_stays() {
    let error = build(Config::default(), login().rfc9068()).unwrap_err();
    assert!(error.to_string().starts_with("Issuer::rfc9068"), "{error}");
    let error = build(Config::default(), rfc9068().any_typ(true)).unwrap_err();
    assert!(error.to_string().starts_with("Issuer::any_typ"), "{error}");
    // Setting `any_typ` to false does not disable `at+jwt`.
    let jwt = trusting([rfc9068().any_typ(false)]);
    assert!(jwt.decode(&at_token(AT_JWT, &[])).is_ok());
    assert_eq!(invalid(jwt.decode(&at_token(HEADER, &[("type", "\"access\"")]))), InvalidToken::Type);
}

#[test]
fn any_typ_is_the_issuers_own_leniency() {
    for (lenient, header) in [(true, AT_JWT), (true, HEADER), (false, HEADER)] {
        assert!(ask(login().any_typ(lenient), &token_with(header, &[])).is_ok());
    }
    assert_eq!(invalid(ask(login().any_typ(false), &token_with(AT_JWT, &[]))), InvalidToken::Type);
    assert_eq!(
        invalid(ask(login().any_typ(true).any_typ(false), &token_with(AT_JWT, &[]))),
        InvalidToken::Type
    );
    let jwt = build(Config::default().any_typ(true), login()).unwrap();
    assert_eq!(invalid(jwt.decode(&token_with(AT_JWT, &[]))), InvalidToken::Type);
}

#[test]
fn debug_of_an_issuer_shows_its_name_alone() {
    let key = SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap();
    let issuer = Issuer::new(LOGIN, KeySet::single(key.verifying_key().clone())).audience("api");
    let shown = format!("{issuer:?}");
    assert!(shown.contains(LOGIN) && shown.len() < 60, "{shown}");
}
