//! Whose tokens a policy accepts.

use jwt_core::adapter::{Extract, Memos, authenticate_by, peek, policy_of};
use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, LoadedKey, VerifyingKey};
use jwt_core::session::MemorySessions;
use jwt_core::{
    Authenticated, Config, Issuer, JwtManager, JwtManagerBuilder, Policy, Token, TokenError, TokenKind,
};

use crate::support::{SECRET, authenticate, bearer, block_on, builder, invalid, manager, refused};
use crate::support_keys::keyless;

const PARTNER: &str = "https://login.partner.example";
const OTHER: &str = "https://login.other.example";
const RESET: TokenKind = TokenKind::custom("password_reset");

fn secret_of(issuer: &str) -> String {
    format!("{issuer}/{}", "V9sYtL3mQz7rKx0dNf5wHb2jUc8eGp4a")
}

fn issuer(name: &str) -> Issuer {
    let key = VerifyingKey::from_secret(Algorithm::HS256, secret_of(name)).unwrap();
    Issuer::new(name, KeySet::single(key))
}

/// The manager of the issuer itself.
fn at(name: &str) -> JwtManager {
    keyless(Config::default().encode_issuer(name)).secret(secret_of(name)).build().unwrap()
}

fn trusting(builder: JwtManagerBuilder) -> JwtManagerBuilder {
    builder.trusted_issuer(issuer(PARTNER)).trusted_issuer(issuer(OTHER))
}

/// A manager with a secret.
fn ours() -> JwtManager {
    trusting(builder(Config::default())).build().unwrap()
}

/// A manager without keys of its own.
fn resource() -> JwtManager {
    trusting(keyless(Config::default())).build().unwrap()
}

fn verify(jwt: &JwtManager, token: &str, policy: &Policy) -> Result<(), TokenError> {
    let by_text = block_on(jwt.verify(token, policy)).map(|_| ());
    let by_request = authenticate(jwt, &bearer(token), policy).map(|_| ());
    assert_eq!(format!("{by_text:?}"), format!("{by_request:?}"));
    by_text
}

fn assert_refused(jwt: &JwtManager, token: &str, policy: &Policy) {
    assert_eq!(invalid(verify(jwt, token, policy)), InvalidToken::Issuer, "{policy:?}");
}

#[test]
fn a_manager_with_keys_accepts_an_issuer_only_where_it_is_named() {
    let jwt = ours();
    let partner = at(PARTNER).access_token("alice").encode().unwrap();
    let own = jwt.access_token("alice").encode().unwrap();
    for policy in [Policy::access(), Policy::access().issuers(&[OTHER]), Policy::access().issuer(OTHER)] {
        assert_refused(&jwt, &partner, &policy);
        assert!(verify(&jwt, &own, &policy).is_ok());
    }
    for policy in [
        Policy::access().issuers(&[PARTNER]),
        Policy::access().issuers(&[OTHER, PARTNER]),
        Policy::access().issuer(PARTNER),
        Policy::access().issuers(&[OTHER]).issuer(PARTNER),
        Policy::access().issuer(OTHER).issuer(PARTNER),
        Policy::access().any_issuer(),
        Policy::of(TokenKind::ACCESS).any_issuer(),
    ] {
        assert!(verify(&jwt, &partner, &policy).is_ok());
        assert!(verify(&jwt, &own, &policy).is_ok());
        let alone = policy.no_own_tokens();
        assert!(verify(&jwt, &partner, &alone).is_ok());
        assert_refused(&jwt, &own, &alone);
    }
    assert_refused(&jwt, &partner, &Policy::access().any_issuer().issuers(&[OTHER]));
}

#[test]
fn names_of_issuers_are_compared_to_the_letter() {
    let partner = at(PARTNER).access_token("alice").encode().unwrap();
    for jwt in [ours(), resource()] {
        for near in ["https://login.partner.example/", "HTTPS://login.partner.example", "", "https://login"] {
            assert_refused(&jwt, &partner, &Policy::access().issuer(near));
        }
    }
}

#[test]
fn a_manager_without_keys_accepts_all_its_issuers_unless_some_are_named() {
    let jwt = resource();
    let of = |name| at(name).access_token("alice").encode().unwrap();
    for name in [PARTNER, OTHER] {
        assert!(verify(&jwt, &of(name), &Policy::access()).is_ok());
        assert!(verify(&jwt, &of(name), &Policy::access().any_issuer()).is_ok());
    }
    assert!(verify(&jwt, &of(PARTNER), &Policy::access().issuers(&[PARTNER])).is_ok());
    assert_refused(&jwt, &of(OTHER), &Policy::access().issuers(&[PARTNER]));
    assert_refused(&jwt, &of(OTHER), &Policy::access().issuer("https://nobody.example"));
    // Once it has keys, it is a manager with keys.
    let key = jwt_core::keys::SigningKey::from_secret(Algorithm::HS256, SECRET).unwrap().with_id("k");
    jwt.set_keys(jwt_core::keys::KeyRing::new(key)).unwrap();
    assert_refused(&jwt, &of(PARTNER), &Policy::access());
    assert!(verify(&jwt, &of(PARTNER), &Policy::access().issuer(PARTNER)).is_ok());
}

#[test]
fn a_loader_of_keys_is_a_key_of_ones_own() {
    let loaded = || VerifyingKey::from_secret(Algorithm::HS256, SECRET).ok().map(LoadedKey::own);
    let jwt = trusting(keyless(Config::default()).decode_key_loader(move |_| loaded())).build().unwrap();
    let partner = at(PARTNER).access_token("alice").encode().unwrap();
    assert_refused(&jwt, &partner, &Policy::access());
    assert!(verify(&jwt, &partner, &Policy::access().any_issuer()).is_ok());
}

#[test]
fn only_access_tokens_come_from_other_issuers() {
    let theirs = at(PARTNER);
    let tokens = [
        (theirs.refresh_token("alice"), Policy::refresh()),
        (theirs.token(RESET, "alice"), Policy::of(RESET)),
        (theirs.access_token("alice").fresh(), Policy::access().fresh()),
        (theirs.access_token("alice"), Policy::any()),
        (theirs.refresh_token("alice"), Policy::any()),
    ];
    for (token, policy) in tokens {
        let token = token.encode().unwrap();
        for jwt in [ours(), resource()] {
            assert_refused(&jwt, &token, &policy);
            assert_refused(&jwt, &token, &policy.clone().issuers(&[PARTNER]));
            assert_refused(&jwt, &token, &policy.clone().issuer(PARTNER).any_issuer());
            assert_refused(&jwt, &token, &policy.clone().optional().any_issuer());
        }
    }
    // Own tokens satisfy such a policy, no matter which issuers it names.
    let jwt = ours();
    for (token, policy) in [
        (jwt.refresh_token("alice"), Policy::refresh()),
        (jwt.token(RESET, "alice"), Policy::of(RESET)),
        (jwt.access_token("alice").fresh(), Policy::access().fresh()),
        (jwt.token(RESET, "alice"), Policy::any()),
    ] {
        assert!(verify(&jwt, &token.encode().unwrap(), &policy.issuers(&[PARTNER])).is_ok());
    }
}

#[test]
fn scopes_count_only_from_an_accepted_issuer() {
    let jwt = ours();
    let admin = at(PARTNER).access_token("mallory").claim("scope", "admin").encode().unwrap();
    assert_refused(&jwt, &admin, &Policy::access().scopes(&["admin"]));
    assert_refused(&jwt, &admin, &Policy::access().require_scope("admin").issuers(&[OTHER]));
    assert!(verify(&jwt, &admin, &Policy::access().scopes(&["admin"]).issuers(&[PARTNER])).is_ok());
    let none = at(PARTNER).access_token("mallory").encode().unwrap();
    let lacking = verify(&jwt, &none, &Policy::access().scopes(&["admin"]).issuers(&[PARTNER]));
    assert!(matches!(refused(lacking), TokenError::InsufficientScope { .. }));
}

#[test]
fn what_a_guard_has_accepted_does_not_satisfy_a_guard_behind_it() {
    let jwt = ours();
    let mut request = bearer(&at(PARTNER).access_token("alice").claim("scope", "admin").encode().unwrap());
    let guard = Policy::access().issuers(&[PARTNER]);
    let memo = authenticate(&jwt, &request, &guard).unwrap().memo().unwrap();
    let mut memos = Memos::default();
    memos.insert(memo);
    request.extensions_mut().insert(memos);
    assert!(authenticate(&jwt, &request, &guard).is_ok());
    for policy in [
        Policy::access(),
        Policy::access().scopes(&["admin"]),
        Policy::access().issuers(&[OTHER]),
        Policy::any(),
        Policy::access().fresh(),
    ] {
        assert_eq!(invalid(authenticate(&jwt, &request, &policy)), InvalidToken::Issuer, "{policy:?}");
    }
}

/// An extractor with a policy of its own.
struct AdminsToken;

impl Extract for AdminsToken {
    const POLICY: Policy = Policy::access().scopes(&["admin"]);

    fn from_authenticated(_: Authenticated) -> Result<Self, TokenError> {
        Ok(Self)
    }
}

/// An extractor that names another issuer than the guard.
struct OthersToken;

impl Extract for OthersToken {
    const POLICY: Policy = Policy::access().issuers(&[OTHER]);

    fn from_authenticated(_: Authenticated) -> Result<Self, TokenError> {
        Ok(Self)
    }
}

#[test]
fn an_extractor_without_demands_of_its_own_accepts_what_a_guard_has_accepted() {
    let jwt = ours();
    let token = at(PARTNER).access_token("alice").claim("scope", "admin").encode().unwrap();
    let guard = Policy::access().issuers(&[PARTNER]);
    let mut request = bearer(&token);
    for policy in [policy_of::<Authenticated>(), policy_of::<Option<Authenticated>>()] {
        let alone = authenticate(&jwt, &request, policy);
        assert_eq!(invalid(alone), InvalidToken::Issuer, "no guard has accepted it");
    }
    // The memo of a layer or of an extractor is not that of a guard.
    let mut memos = Memos::default();
    memos.insert(peek(&jwt, &request).unwrap());
    request.extensions_mut().insert(memos.clone());
    assert_eq!(invalid(authenticate(&jwt, &request, policy_of::<Authenticated>())), InvalidToken::Issuer);

    let accepted = authenticate(&jwt, &request, &guard).unwrap();
    memos.insert(accepted.memo().unwrap());
    request.extensions_mut().insert(memos);
    for policy in [policy_of::<Authenticated>(), policy_of::<Option<Authenticated>>()] {
        assert!(authenticate(&jwt, &request, policy).is_ok());
        let memo = accepted.memo().unwrap();
        assert!(authenticate_by(&jwt, &memo, "GET", policy).is_some());
    }
    for policy in [policy_of::<AdminsToken>(), policy_of::<OthersToken>()] {
        assert_eq!(invalid(authenticate(&jwt, &request, policy)), InvalidToken::Issuer);
        assert!(authenticate_by(&jwt, &accepted.memo().unwrap(), "GET", policy).is_none());
    }
    // Another manager does not know the guard.
    assert_eq!(invalid(authenticate(&ours(), &request, policy_of::<Authenticated>())), InvalidToken::Issuer);
}

#[test]
fn foreign_tokens_exchange_nothing_and_end_no_session() {
    let jwt = trusting(builder(Config::default())).session_store(MemorySessions::new()).build().unwrap();
    let pair = block_on(async { jwt.log_in("alice").await }).unwrap();
    let session = pair.session().to_owned();
    let theirs = at(PARTNER);
    let forged = |token: jwt_core::TokenBuilder<'_>| {
        let token = token.claim("sid", &session).claim("auth_time", 1).encode().unwrap();
        jwt.decode(&token).unwrap()
    };
    let refresh = forged(theirs.refresh_token("alice"));
    let error = block_on(async { jwt.rotate(&refresh).await }).unwrap_err();
    assert!(format!("{error:?}").contains("Issuer"), "{error:?}");
    let access = forged(theirs.access_token("alice"));
    block_on(jwt.log_out(&access)).unwrap();
    assert_eq!(block_on(jwt.log_out_everywhere(&access)).unwrap(), 0);
    assert_eq!(block_on(jwt.end_sessions(&access)).unwrap(), 0);
    assert!(!block_on(jwt.end_session(&access, &session)).unwrap());
    assert_eq!(block_on(jwt.list_sessions("alice")).unwrap().len(), 1);
    assert!(block_on(jwt.verify(pair.access(), &Policy::access())).is_ok());
}

#[test]
fn a_user_of_another_issuer_is_not_the_user_of_that_name() {
    let jwt = trusting(builder(Config::default()))
        .user_lookup_loader(|token: Token| {
            assert_eq!(token.issuer(), None, "the loader of own users");
            async move { Some(format!("our {}", token.identity())) }
        })
        .user_lookup_loader_for(PARTNER, |_: Token| async { Some(0_u8) })
        .user_lookup_loader_for(PARTNER, |token: Token| {
            assert_eq!(token.issuer(), Some(PARTNER));
            async move { (token.identity() != "nobody").then(|| format!("their {}", token.identity())) }
        })
        .build()
        .unwrap();
    let policy = Policy::access().any_issuer();
    let user = |token: jwt_core::TokenBuilder<'_>| {
        let token = token.encode().unwrap();
        block_on(jwt.verify(&token, &policy))
            .and_then(|passed| passed.user::<String>().map(|user| (*user).clone()))
    };
    assert_eq!(user(jwt.access_token("alice")).unwrap(), "our alice");
    assert_eq!(user(at(PARTNER).access_token("alice")).unwrap(), "their alice");
    assert!(matches!(refused(user(at(PARTNER).access_token("nobody"))), TokenError::UserLookup(_)));
    // Without a loader, the token passes, but there is no user.
    let other = at(OTHER).access_token("alice").encode().unwrap();
    assert!(verify(&jwt, &other, &policy).is_ok());
    assert!(matches!(refused(user(at(OTHER).access_token("alice"))), TokenError::UserLookup(_)));
}

#[test]
fn a_user_of_another_type_is_not_found() {
    let jwt = trusting(builder(Config::default()))
        .user_lookup_loader(|_: Token| async { Some("ours") })
        .user_lookup_loader_for(PARTNER, |_: Token| async { Some(5_u8) })
        .build()
        .unwrap();
    for token in [jwt.access_token("alice"), at(PARTNER).access_token("alice")] {
        let token = token.encode().unwrap();
        let passed = block_on(jwt.verify(&token, &Policy::access().any_issuer())).unwrap();
        assert!(matches!(refused(passed.user::<bool>()), TokenError::UserLookup(_)));
    }
    // With a single loader, the type is a mistake in the application.
    let single = builder(Config::default()).user_lookup_loader(|_: Token| async { Some("ours") });
    let single = single.build().unwrap();
    let own = single.access_token("alice").encode().unwrap();
    let passed = block_on(single.verify(&own, &Policy::access())).unwrap();
    assert!(matches!(refused(passed.user::<bool>()), TokenError::Misuse(_)));
}

#[test]
fn a_loader_that_nothing_could_call_is_an_error() {
    let keyless = trusting(keyless(Config::default())).user_lookup_loader(|_: Token| async { Some(()) });
    let error = keyless.build().unwrap_err().to_string();
    assert!(
        error.starts_with("user_lookup_loader ") && error.contains("user_lookup_loader_for()"),
        "{error}"
    );
    let unknown = builder(Config::default()).user_lookup_loader_for(PARTNER, |_: Token| async { Some(()) });
    let error = unknown.build().unwrap_err().to_string();
    assert!(error.starts_with("user_lookup_loader_for "), "{error}");
    let known = trusting(crate::support_keys::keyless(Config::default()));
    assert!(known.user_lookup_loader_for(PARTNER, |_: Token| async { Some(()) }).build().is_ok());
    // A manager without issuers is not affected.
    assert!(manager(Config::default()).access_token("alice").encode().is_ok());
}
