//! Keys of an issuer that have to be fetched first: which checks wait for them, and which do not.

use std::future::ready;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jwt_core::adapter::peek;
use jwt_core::error::{InvalidToken, KeysUnavailable, Misuse};
use jwt_core::keys::{Algorithm, KeyRing, KeySet, SigningKey};
use jwt_core::{
    Authenticated, BoxError, Checked, Config, ErrorKind, Issuer, JwtManager, JwtManagerBuilder, KeyMismatch,
    KeySource, Location, Policy, TokenError,
};

use crate::support::{
    Clock, NOW, at, authenticate, bearer, block_on, builder, invalid, refused, request, secs, segment,
};
use crate::support_keys::{keyless, new_key, signing, with_ring};
use crate::support_log::logged;

const LOGIN: &str = "https://login.example";

/// The keys that a source has, the keys that it will fetch, and the number of fetches.
#[derive(Clone, Default)]
struct Source {
    known: Arc<Mutex<Option<Arc<KeySet>>>>,
    newest: Arc<Mutex<Option<Arc<KeySet>>>>,
    fetches: Arc<AtomicUsize>,
}

impl Source {
    fn new(known: Option<&SigningKey>, newest: Option<&SigningKey>) -> Self {
        let set = |key: Option<&SigningKey>| {
            let key = key.map(|key| KeySet::new([key.verifying_key().clone()]).unwrap());
            Arc::new(Mutex::new(key.map(Arc::new)))
        };
        Self { known: set(known), newest: set(newest), fetches: Arc::default() }
    }

    fn fetches(&self) -> usize {
        self.fetches.load(Ordering::Relaxed)
    }
}

impl KeySource for Source {
    fn known(&self) -> Option<Arc<KeySet>> {
        self.known.lock().unwrap().clone()
    }

    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
        self.fetches.fetch_add(1, Ordering::Relaxed);
        let newest = self.newest.lock().unwrap().clone();
        if newest.is_some() {
            self.known.lock().unwrap().clone_from(&newest);
        }
        ready(newest.ok_or_else(|| "the issuer is down".into()))
    }
}

/// Returns a manager that issues tokens as the issuer does.
fn issuer(key: &SigningKey) -> JwtManager {
    keyless(Config::default().encode_issuer(LOGIN)).keys(KeyRing::new(key.clone())).build().unwrap()
}

fn trusting(source: &Source) -> JwtManagerBuilder {
    builder(Config::default()).trusted_issuer(Issuer::with_source(LOGIN, source.clone()))
}

fn jwt(source: &Source) -> JwtManager {
    trusting(source).build().unwrap()
}

/// Starts the check of a token that has to wait for keys.
fn pending(jwt: &JwtManager, token: &str, policy: &Policy) -> Checked {
    let checked = jwt.check(&bearer(token), policy).unwrap();
    jwt.complete_now(checked).expect_err("its key is not there")
}

fn complete(jwt: &JwtManager, token: &str, policy: &Policy) -> Result<Authenticated, TokenError> {
    block_on(jwt.complete(pending(jwt, token, policy)))
}

#[test]
fn keys_that_are_not_there_are_fetched() {
    let (old, new) = (new_key(), new_key());
    for source in [Source::new(None, Some(&new)), Source::new(Some(&old), Some(&new))] {
        let jwt = jwt(&source);
        let token = issuer(&new).access_token("alice").encode().unwrap();
        let checked = pending(&jwt, &token, &Policy::access().any_issuer());
        assert_eq!(source.fetches(), 0, "the check does not ask");
        let passed = block_on(jwt.complete(checked)).unwrap();
        assert_eq!(passed.token().unwrap().identity(), "alice");
        assert_eq!(source.fetches(), 1);
        // The source has the keys now.
        let again = jwt.complete_now(jwt.check(&bearer(&token), &Policy::access().any_issuer()).unwrap());
        assert!(again.expect("nothing to ask").is_ok());
        assert_eq!(source.fetches(), 1);
    }
}

#[test]
fn known_keys_are_not_fetched_whatever_becomes_of_the_token() {
    let key = new_key();
    let source = Source::new(Some(&key), Some(&key));
    let jwt = jwt(&source);
    let issuer = issuer(&key);
    let good = issuer.access_token("alice").encode().unwrap();
    assert!(authenticate(&jwt, &bearer(&good), &Policy::access().any_issuer()).is_ok());
    assert!(jwt.decode(&good).is_ok());
    let (signed, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", segment([7; 64]));
    assert!(jwt.decode(&forged).is_err());
    let expired = issuer.access_token("alice").expires_at(at(NOW)).encode().unwrap();
    assert_eq!(
        refused(jwt.check(&bearer(&expired), &Policy::access().any_issuer())).kind(),
        ErrorKind::ExpiredToken
    );
    assert!(jwt.check(&bearer(&good), &Policy::refresh()).is_err());
    let own = jwt.access_token("alice").encode().unwrap();
    assert!(authenticate(&jwt, &bearer(&own), &Policy::access().any_issuer()).is_ok());
    let stranger = with_ring(KeyRing::new(new_key())).access_token("alice").encode().unwrap();
    assert!(jwt.check(&bearer(&stranger), &Policy::access().any_issuer()).is_err());
    assert_eq!(source.fetches(), 0);
}

#[test]
fn the_source_of_an_issuer_with_fixed_keys_is_not_called() {
    let keys = KeySet::new([new_key().verifying_key().clone()]).unwrap();
    let jwt = builder(Config::default()).trusted_issuer(Issuer::new(LOGIN, keys)).build().unwrap();
    let token = issuer(&new_key()).access_token("alice").encode().unwrap();
    assert_eq!(invalid(jwt.check(&bearer(&token), &Policy::access().any_issuer())), InvalidToken::UnknownKey);
}

#[test]
fn a_source_that_fails_is_unavailable_and_lets_nobody_in() {
    let key = new_key();
    for source in [Source::new(None, None), Source::new(Some(&new_key()), None)] {
        let jwt = jwt(&source);
        let token = issuer(&key).access_token("alice").encode().unwrap();
        for policy in [Policy::access().any_issuer(), Policy::access().any_issuer().optional()] {
            let error = refused(complete(&jwt, &token, &policy));
            assert_eq!(error.kind(), ErrorKind::Unavailable);
            assert!(error.token().is_none());
            let TokenError::Unavailable(cause) = &error else { panic!("{error:?}") };
            assert!(cause.is::<KeysUnavailable>());
            assert_eq!(cause.source().unwrap().to_string(), "the issuer is down");
            // Anyone can cause this, so it must not fill the log.
            let (response, lines) = logged(|| jwt.respond(&error, &bearer(&token), &Policy::access()));
            assert_eq!(response.status(), 503);
            assert!(lines.iter().all(|line| line.level() == tracing::Level::DEBUG), "{lines:?}");
        }
    }
}

#[test]
fn a_key_that_is_not_among_the_newest_is_unknown() {
    let source = Source::new(None, Some(&new_key()));
    let jwt = jwt(&source);
    let token = issuer(&new_key()).access_token("alice").encode().unwrap();
    for fetches in 1..3 {
        assert_eq!(invalid(complete(&jwt, &token, &Policy::access().any_issuer())), InvalidToken::UnknownKey);
        assert_eq!(source.fetches(), fetches);
    }
}

#[test]
fn what_was_not_judged_is_judged_after_fetching() {
    let key = new_key();
    let issuer = issuer(&key);
    let source = || Source::new(None, Some(&key));
    let access = issuer.access_token("alice").encode().unwrap();
    let refresh = issuer.refresh_token("alice").encode().unwrap();
    let ask = |token: &str, policy: Policy| complete(&jwt(&source()), token, &policy);
    assert_eq!(invalid(ask(&refresh, Policy::access().any_issuer())), InvalidToken::Kind("access"));
    assert!(matches!(
        ask(&access, Policy::access().any_issuer().scopes(&["read"])),
        Err(TokenError::InsufficientScope { .. })
    ));
    let expired = issuer.access_token("alice").expires_at(at(NOW)).encode().unwrap();
    assert!(matches!(ask(&expired, Policy::access().any_issuer()), Err(TokenError::Expired(_))));
    // The token is not signed with the key that its header names.
    let forger = keyless(Config::default().encode_issuer(LOGIN));
    let id = key.verifying_key().id().unwrap();
    let forger = forger.keys(KeyRing::new(new_key().with_id(id))).build().unwrap();
    let forged = forger.access_token("alice").encode().unwrap();
    assert_eq!(invalid(ask(&forged, Policy::access().any_issuer())), InvalidToken::Signature);
    assert!(ask(&access, Policy::access().any_issuer()).is_ok());
}

#[test]
fn no_keys_are_fetched_for_an_issuer_that_the_policy_does_not_accept() {
    let key = new_key();
    let source = Source::new(None, Some(&key));
    let token = issuer(&key).access_token("alice").fresh().encode().unwrap();
    for policy in [
        Policy::access(),
        Policy::access().issuers(&["https://other.example"]),
        Policy::any().any_issuer(),
        Policy::refresh().any_issuer(),
        Policy::access().fresh().any_issuer(),
    ] {
        let jwt = jwt(&source);
        assert_eq!(invalid(jwt.check(&bearer(&token), &policy)), InvalidToken::Issuer, "{policy:?}");
        assert_eq!(invalid(block_on(jwt.verify(&token, &policy))), InvalidToken::Issuer, "{policy:?}");
    }
    assert_eq!(source.fetches(), 0);
}

#[test]
fn the_clock_is_that_of_the_completion() {
    let key = new_key();
    let clock = Clock::new(at(NOW));
    let jwt = trusting(&Source::new(None, Some(&key))).clock(clock.reader()).build().unwrap();
    let token = issuer(&key).access_token("alice").expires_in(secs(60)).encode().unwrap();
    let checked = pending(&jwt, &token, &Policy::access().any_issuer());
    clock.set(at(NOW + 60));
    assert!(matches!(block_on(jwt.complete(checked)), Err(TokenError::Expired(_))));
}

#[test]
fn loaders_are_called_after_fetching() {
    let key = new_key();
    let token = issuer(&key).access_token("alice").encode().unwrap();
    let source = || Source::new(None, Some(&key));
    let jwt = trusting(&source()).token_in_blocklist_loader(|_| async { true }).build().unwrap();
    assert!(matches!(complete(&jwt, &token, &Policy::access().any_issuer()), Err(TokenError::Revoked(_))));
    let jwt = trusting(&source()).token_in_blocklist_loader(|_| async { true }).build().unwrap();
    assert!(complete(&jwt, &token, &Policy::access().any_issuer().skip_revocation_check()).is_ok());
    let jwt = trusting(&source()).token_verification_loader(|_| async { false }).build().unwrap();
    assert!(matches!(
        complete(&jwt, &token, &Policy::access().any_issuer()),
        Err(TokenError::VerificationFailed(_))
    ));
    let jwt = trusting(&source()).user_lookup_loader_for(LOGIN, |_| async { Some(7_u8) }).build().unwrap();
    assert_eq!(*complete(&jwt, &token, &Policy::access().any_issuer()).unwrap().user::<u8>().unwrap(), 7);
}

#[test]
fn requests_without_a_token_fetch_nothing() {
    let source = Source::new(None, Some(&new_key()));
    let jwt = jwt(&source);
    let token = issuer(&new_key()).access_token("alice").encode().unwrap();
    let checked = jwt.check(&request("GET", &[]), &Policy::access().any_issuer().optional()).unwrap();
    assert!(jwt.complete_now(checked).expect("nothing to ask").unwrap().token().is_none());
    let elsewhere = Policy::access().any_issuer().locations(&[Location::Cookie]);
    assert!(jwt.check(&request("GET", &[&format!("Bearer {token}")]), &elsewhere).is_err());
    assert!(jwt.check(&request("GET", &[]), &Policy::access().any_issuer()).is_err());
    assert_eq!(source.fetches(), 0);
}

#[test]
fn a_token_of_another_issuer_fetches_nothing() {
    let source = Source::new(None, Some(&new_key()));
    let jwt = jwt(&source);
    for text in ["", "a.b.c", "a.b", "....", "e30.e30.e30"] {
        assert!(jwt.check(&bearer(text), &Policy::access().any_issuer()).is_err(), "{text}");
    }
    assert_eq!(source.fetches(), 0);
}

#[test]
fn without_a_request_nothing_is_fetched() {
    let key = new_key();
    let source = Source::new(None, Some(&key));
    let jwt = jwt(&source);
    let token = issuer(&key).access_token("alice").encode().unwrap();
    assert_eq!(invalid(jwt.decode(&token)), InvalidToken::UnknownKey);
    assert!(peek(&jwt, &bearer(&token)).is_none());
    assert_eq!(source.fetches(), 0);
}

#[test]
fn another_managers_pending_check_is_refused() {
    let key = new_key();
    let sources = [Source::new(None, Some(&key)), Source::new(None, Some(&key))];
    let [one, other] = sources.each_ref().map(jwt);
    let token = issuer(&key).access_token("alice").encode().unwrap();
    let checked = pending(&one, &token, &Policy::access().any_issuer());
    let checked = other.complete_now(checked).expect_err("not its own");
    let error = refused(block_on(other.complete(checked)));
    assert!(matches!(error, TokenError::Misuse(Misuse::ForeignManager)));
    assert_eq!(sources.map(|source| source.fetches()), [0, 0]);
}

#[test]
fn a_pending_check_shows_nothing_of_the_token() {
    let key = new_key();
    let source = Source::new(None, Some(&key));
    let jwt = jwt(&source);
    let token = issuer(&key).access_token("alice-the-identity").encode().unwrap();
    let checked = pending(&jwt, &token, &Policy::access().any_issuer());
    for shown in [format!("{checked:?}"), format!("{checked:#?}")] {
        for part in token.split('.').chain(["alice-the-identity"]) {
            assert!(!shown.contains(part), "{part} in {shown}");
        }
    }
}

#[test]
fn each_issuer_is_asked_for_its_own_keys() {
    let keys = [new_key(), new_key()];
    let sources = keys.each_ref().map(|key| Source::new(None, Some(key)));
    let jwt = trusting(&sources[0]).trusted_issuer(Issuer::with_source("second", sources[1].clone()));
    let jwt = jwt.build().unwrap();
    let second = keyless(Config::default().encode_issuer("second"));
    let second = second.keys(KeyRing::new(keys[1].clone())).build().unwrap();
    let token = second.access_token("alice").encode().unwrap();
    assert!(complete(&jwt, &token, &Policy::access().any_issuer()).is_ok());
    assert_eq!(sources.each_ref().map(Source::fetches), [0, 1]);
    // The key of the first issuer does not verify tokens of the second.
    let mixed = issuer(&keys[1]).access_token("alice").encode().unwrap();
    assert_eq!(invalid(complete(&jwt, &mixed, &Policy::access().any_issuer())), InvalidToken::UnknownKey);
    assert_eq!(sources.each_ref().map(Source::fetches), [1, 1]);
}

#[test]
fn the_csrf_value_of_a_cookie_is_held_against_a_token_that_waited_for_its_key() {
    let key = new_key();
    let config = Config::default().encode_issuer(LOGIN).csrf_claim(true);
    let issuer = keyless(config).keys(KeyRing::new(key.clone())).build().unwrap();
    let text = issuer.access_token("alice").encode().unwrap();
    let value = issuer.decode(&text).unwrap().claims()["csrf"].as_str().unwrap().to_owned();
    let ask = |value: &str| {
        let source = Source::new(None, Some(&key));
        let config = Config::default().token_location([Location::Cookie]);
        let jwt = keyless(config).trusted_issuer(Issuer::with_source(LOGIN, source)).build().unwrap();
        let request = http::Request::post("/")
            .header("cookie", format!("access_token_cookie={text}"))
            .header("x-csrf-token", value)
            .body(())
            .unwrap();
        authenticate(&jwt, &request, &Policy::access().any_issuer())
    };
    assert!(ask(&value).is_ok());
    assert_eq!(refused(ask("another value")).kind(), ErrorKind::CsrfError);
    assert_eq!(refused(ask("")).kind(), ErrorKind::CsrfError);
}

#[test]
fn verify_waits_for_keys_that_decode_does_not_have() {
    let key = new_key();
    let source = Source::new(None, Some(&key));
    let jwt = jwt(&source);
    let token = issuer(&key).access_token("alice").encode().unwrap();
    assert_eq!(invalid(jwt.decode(&token)), InvalidToken::UnknownKey);
    assert_eq!(source.fetches(), 0);

    let refresh = issuer(&key).refresh_token("alice").encode().unwrap();
    assert_eq!(
        invalid(block_on(jwt.verify(&refresh, &Policy::access().any_issuer()))),
        InvalidToken::Kind("access")
    );
    let verified =
        block_on(jwt.verify(&token, &Policy::access().any_issuer())).unwrap().into_token().unwrap();
    assert_eq!((verified.identity(), verified.location()), ("alice", None));
    assert_eq!(source.fetches(), 1);

    let down = Source::new(None, None);
    let jwt = trusting(&down).build().unwrap();
    let error = refused(block_on(jwt.verify(&token, &Policy::access().any_issuer())));
    assert_eq!(error.kind(), ErrorKind::Unavailable);
}

#[test]
fn issuers_share_a_source_behind_a_pointer() {
    const OTHER: &str = "https://login.internal.example";
    let key = new_key();
    let source = Source::new(None, Some(&key));
    let of = |name: &str| {
        let issuer = keyless(Config::default().encode_issuer(name)).keys(KeyRing::new(key.clone()));
        issuer.build().unwrap().access_token("alice").encode().unwrap()
    };
    let accepts_both = |builder: JwtManagerBuilder| {
        let jwt = builder.build().unwrap();
        for name in [LOGIN, OTHER] {
            let verified = block_on(jwt.verify(&of(name), &Policy::access().any_issuer())).unwrap();
            assert_eq!(verified.token().unwrap().issuer(), Some(name));
        }
    };
    let shared = Arc::new(source.clone());
    accepts_both(
        builder(Config::default())
            .trusted_issuer(Issuer::with_source(LOGIN, Arc::clone(&shared)))
            .trusted_issuer(Issuer::with_source(OTHER, shared)),
    );
    assert_eq!(source.fetches(), 1, "the second issuer knows what the first one fetched");
    let forever: &'static Source = Box::leak(Box::new(source.clone()));
    accepts_both(
        builder(Config::default())
            .trusted_issuer(Issuer::with_source(LOGIN, Box::new(source.clone())))
            .trusted_issuer(Issuer::with_source(OTHER, forever)),
    );
}

/// A source with keys that do not verify everything, which says for each mismatch whether a fetch is worth it.
struct Replaced {
    source: Source,
    worth: fn(KeyMismatch) -> bool,
}

impl KeySource for Replaced {
    fn known(&self) -> Option<Arc<KeySet>> {
        self.source.known()
    }

    fn worth_fetching(&self, mismatch: KeyMismatch) -> bool {
        (self.worth)(mismatch)
    }

    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
        self.source.fetch()
    }
}

#[test]
fn a_key_that_was_replaced_under_its_id_is_fetched_if_the_source_wants_that() {
    let policy = &Policy::access().any_issuer();
    let replaced = |id: Option<&str>, worth: fn(KeyMismatch) -> bool, [old, new]: [SigningKey; 2]| {
        let with_id = |key: SigningKey| id.map_or(key.clone(), |id| key.with_id(id));
        let [old, new] = [old, new].map(with_id);
        let source = Source::new(Some(&old), Some(&new));
        let issuer_of = Issuer::with_source(LOGIN, Replaced { source: source.clone(), worth });
        let jwt = builder(Config::default()).trusted_issuer(issuer_of).build().unwrap();
        let signer = match id {
            Some(_) => issuer(&new),
            None => keyless(Config::default().encode_issuer(LOGIN)).key_pair(new).build().unwrap(),
        };
        let token = signer.access_token("alice").encode().unwrap();
        (source, block_on(jwt.verify(&token, policy)))
    };
    let ec = || [new_key(), new_key()];
    // Of another algorithm.
    let others = || [new_key(), signing(Algorithm::RS256)];
    for id in [Some("1"), None] {
        for keys in [ec(), others()] {
            let (source, verified) = replaced(id, |mismatch| mismatch == KeyMismatch::Signature, keys);
            assert_eq!(verified.unwrap().token().unwrap().identity(), "alice");
            assert_eq!(source.fetches(), 1);
        }
        for keys in [ec(), others()] {
            let (source, verified) = replaced(id, |mismatch| mismatch == KeyMismatch::UnknownId, keys);
            assert!(matches!(invalid(verified), InvalidToken::Signature | InvalidToken::AlgorithmNotAllowed));
            assert_eq!(source.fetches(), 0);
        }
    }
}

#[test]
fn no_fetch_can_make_an_algorithm_acceptable() {
    let key = new_key();
    let source = Source::new(Some(&key), Some(&key));
    let trusting = |change: fn(Issuer) -> Issuer| {
        let source = Replaced { source: source.clone(), worth: |_| true };
        builder(Config::default()).trusted_issuer(change(Issuer::with_source(LOGIN, source))).build().unwrap()
    };
    let token = |alg: &str| {
        let header = format!(r#"{{"alg":"{alg}"}}"#);
        format!("{}.{}.{}", segment(header), segment(format!(r#"{{"iss":"{LOGIN}"}}"#)), segment([7; 64]))
    };
    for (change, alg) in [
        ((|issuer| issuer) as fn(Issuer) -> Issuer, "none"),
        (|issuer| issuer, "ES256K"),
        (|issuer| issuer.algorithms([Algorithm::ES256]), "RS256"),
        (|issuer| issuer.algorithms([Algorithm::ES256]), "HS256"),
    ] {
        let error = trusting(change).check(&bearer(&token(alg)), &Policy::access().any_issuer());
        assert_eq!(invalid(error), InvalidToken::AlgorithmNotAllowed, "{alg}");
    }
    assert_eq!(source.fetches(), 0);
}

/// A source whose issuer is down, and whose keys are known only after an attempt to reach it.
struct Stale {
    keys: Arc<KeySet>,
    attempts: AtomicUsize,
}

impl KeySource for Stale {
    fn known(&self) -> Option<Arc<KeySet>> {
        (self.attempts.load(Ordering::Relaxed) > 0).then(|| Arc::clone(&self.keys))
    }

    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
        self.attempts.fetch_add(1, Ordering::Relaxed);
        ready(Err("the issuer is down".into()))
    }
}

#[test]
fn keys_that_a_source_still_has_decide_about_what_they_verify() {
    let key = new_key();
    let ask = |token: &str| {
        let keys = Arc::new(KeySet::new([key.verifying_key().clone()]).unwrap());
        let source = Stale { keys, attempts: AtomicUsize::new(0) };
        let issuer = Issuer::with_source(LOGIN, source);
        let jwt = builder(Config::default()).trusted_issuer(issuer).build().unwrap();
        block_on(jwt.verify(token, &Policy::access().any_issuer()))
    };
    let good = issuer(&key).access_token("alice").encode().unwrap();
    assert_eq!(ask(&good).unwrap().token().unwrap().identity(), "alice");
    let expired = issuer(&key).access_token("alice").expires_at(at(NOW)).encode().unwrap();
    assert_eq!(refused(ask(&expired)).kind(), ErrorKind::ExpiredToken);
    let refresh = issuer(&key).refresh_token("alice").encode().unwrap();
    assert_eq!(invalid(ask(&refresh)), InvalidToken::Kind("access"));
    // Newer keys might verify these.
    let unknown = issuer(&new_key()).access_token("alice").encode().unwrap();
    let id = key.verifying_key().id().unwrap();
    let replaced = issuer(&new_key().with_id(id)).access_token("alice").encode().unwrap();
    for token in [unknown, replaced] {
        assert_eq!(refused(ask(&token)).kind(), ErrorKind::Unavailable);
    }
}
