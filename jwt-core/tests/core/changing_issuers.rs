//! Issuers that are added and removed while the manager is in use, and names that are almost those of an issuer.

use std::sync::Arc;

use jwt_core::error::InvalidToken;
use jwt_core::keys::{Algorithm, KeySet, VerifyingKey};
use jwt_core::{BoxError, Config, Issuer, JwtManager, KeySource, Policy, Token};

use crate::support::{Clock, HEADER, NOW, SECRET, at, bearer, block_on, invalid, payload, sign};
use crate::support_keys::{keyless, signing};
use crate::support_log::logged;

const LOGIN: &str = "https://login.example";
const TEMPLATE: &str = "https://login.example/{tenant}";

fn keys() -> KeySet {
    KeySet::single(VerifyingKey::from_secret(Algorithm::HS256, SECRET).unwrap())
}

fn login(name: &str) -> Issuer {
    Issuer::new(name, keys())
}

fn token_of(iss: &str) -> String {
    sign(HEADER, payload(&[("iss", &serde_json::to_string(iss).unwrap())]))
}

fn with_own_key() -> JwtManager {
    keyless(Config::default()).key_pair(signing(Algorithm::ES256)).build().unwrap()
}

#[test]
fn an_issuer_is_trusted_from_when_it_is_added_until_it_is_removed() {
    let without_keys = keyless(Config::default()).without_own_keys().build().unwrap();
    for jwt in [with_own_key(), without_keys] {
        // A clone is the same manager.
        let elsewhere = jwt.clone();
        let accepts = |iss: &str| elsewhere.decode(&token_of(iss)).is_ok();
        assert!(!accepts(LOGIN));
        jwt.add_trusted_issuer(login(LOGIN)).unwrap();
        jwt.add_trusted_issuer(Issuer::tenants(TEMPLATE, keys(), |_| true)).unwrap();
        assert!(accepts(LOGIN) && accepts("https://login.example/acme"));
        assert!(!jwt.remove_trusted_issuer("https://login.example/"));
        assert!(!jwt.remove_trusted_issuer("https://login.example/acme"));
        assert!(jwt.remove_trusted_issuer(LOGIN));
        assert!(!accepts(LOGIN) && accepts("https://login.example/acme"));
        assert!(jwt.remove_trusted_issuer(TEMPLATE));
        assert!(!accepts("https://login.example/acme"));
        assert!(!jwt.remove_trusted_issuer(TEMPLATE));
        jwt.add_trusted_issuer(login(LOGIN)).unwrap();
        assert!(accepts(LOGIN));
    }
}

#[test]
fn an_issuer_that_cannot_be_added_changes_nothing() {
    let own = keyless(Config::default().encode_issuer("https://own.example"));
    let jwt = own.key_pair(signing(Algorithm::ES256)).trusted_issuer(login(LOGIN)).build().unwrap();
    for issuer in [
        login(LOGIN),
        login("https://own.example"),
        login(""),
        login("https://other.example").rfc9068(),
        Issuer::tenants("https://{tenant}.example", keys(), |_| true),
    ] {
        assert!(jwt.add_trusted_issuer(issuer).is_err());
    }
    assert!(jwt.decode(&token_of(LOGIN)).is_ok());
    assert_eq!(invalid(jwt.decode(&token_of("https://other.example"))), InvalidToken::Issuer);
}

#[test]
fn a_manager_without_keys_says_so() {
    assert!(keyless(Config::default()).build().is_err());
    let jwt = keyless(Config::default()).without_own_keys().build().unwrap();
    assert_eq!(invalid(jwt.decode(&token_of(LOGIN))), InvalidToken::Issuer);
}

#[test]
fn issuers_change_while_tokens_are_verified() {
    let jwt = with_own_key();
    jwt.add_trusted_issuer(login(LOGIN)).unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let jwt = &jwt;
            scope.spawn(move || {
                let name = format!("https://{thread}.example");
                for _ in 0..100 {
                    jwt.add_trusted_issuer(login(&name)).unwrap();
                    assert!(jwt.decode(&token_of(&name)).is_ok());
                    assert!(jwt.decode(&token_of(LOGIN)).is_ok());
                    assert!(jwt.remove_trusted_issuer(&name));
                    assert!(jwt.decode(&token_of(&name)).is_err());
                }
            });
        }
    });
}

#[test]
fn the_log_names_the_issuer_whose_name_is_almost_that_of_a_token() {
    for (configured, iss, difference) in [
        (LOGIN, "https://login.example/", Some("a trailing slash")),
        ("https://login.example/", LOGIN, Some("a trailing slash")),
        (LOGIN, "https://Login.Example", Some("the case of its letters")),
        (LOGIN, "http://login.example", Some("its scheme")),
        (LOGIN, " https://login.example\n", Some("white space")),
        (LOGIN, "https://logim.example", Some("one or two characters")),
        (LOGIN, "https://other.example.org", None),
        (LOGIN, "", None),
        (TEMPLATE, "https://login.example/acme/", Some("a trailing slash")),
        (TEMPLATE, "https://login.example/stranger", None),
    ] {
        let issuer = || match configured {
            TEMPLATE => Issuer::tenants(configured, keys(), |tenant| tenant != "stranger"),
            _ => login(configured),
        };
        let without_keys = keyless(Config::default()).trusted_issuer(issuer()).build().unwrap();
        let own = keyless(Config::default()).key_pair(signing(Algorithm::ES256));
        for jwt in [without_keys, own.trusted_issuer(issuer()).build().unwrap()] {
            let token = token_of(iss);
            let (error, lines) = logged(|| invalid(jwt.decode(&token)));
            assert_eq!(error, InvalidToken::Issuer, "{iss}");
            assert_eq!(lines.len(), usize::from(difference.is_some()), "{iss}: {lines:?}");
            let text = format!("{lines:?}");
            assert!(text.contains(difference.unwrap_or_default()), "{text}");
            if difference.is_some() {
                assert!(text.contains(configured), "{text}");
                assert!(configured.contains(iss) || !text.contains(iss), "the log quotes the token: {text}");
            }
            // Anyone can send such tokens.
            let (_, lines) = logged(|| jwt.decode(&token).is_err());
            assert!(lines.is_empty(), "{lines:?}");
        }
    }
}

#[test]
fn a_token_that_is_not_from_an_issuer_at_all_is_refused_because_of_its_key() {
    let jwt = with_own_key();
    jwt.add_trusted_issuer(login(LOGIN)).unwrap();
    let token = sign(HEADER, payload(&[]));
    assert_eq!(invalid(jwt.decode(&token)), InvalidToken::AlgorithmNotAllowed);
    let named = keyless(Config::default().decode_issuer(["https://own.example"]));
    let jwt = named.key_pair(signing(Algorithm::ES256)).trusted_issuer(login(LOGIN)).build().unwrap();
    assert_eq!(invalid(jwt.decode(&token_of("https://own.example"))), InvalidToken::AlgorithmNotAllowed);
    assert_eq!(invalid(jwt.decode(&token_of("https://nobody.example"))), InvalidToken::Issuer);
}

#[test]
fn names_are_compared_once_in_a_second() {
    let clock = Clock::new(at(NOW));
    let builder = JwtManager::builder(Config::default()).clock(clock.reader());
    let jwt = builder.trusted_issuer(login(LOGIN)).build().unwrap();
    let lines = |iss: &str| logged(|| jwt.decode(&token_of(iss)).is_err()).1.len();
    assert_eq!(lines("https://nobody.example.org"), 0);
    assert_eq!(lines("https://login.example/"), 0);
    clock.set(at(NOW + 1));
    assert_eq!(lines("https://login.example/"), 1);
}

#[test]
fn a_token_that_waits_for_keys_is_not_accepted_after_its_issuer_was_removed() {
    let jwt = with_own_key();
    let source = Waiting(keys().into());
    jwt.add_trusted_issuer(Issuer::with_source(LOGIN, source)).unwrap();
    let checked = jwt.check(&bearer(&token_of(LOGIN)), &Policy::access().any_issuer()).unwrap();
    let other = jwt.check(&bearer(&token_of(LOGIN)), &Policy::access().any_issuer()).unwrap();
    assert!(block_on(jwt.complete(checked)).is_ok());
    assert!(jwt.remove_trusted_issuer(LOGIN));
    assert_eq!(invalid(block_on(jwt.complete(other))), InvalidToken::Issuer);
}

/// Keys that always have to be fetched.
struct Waiting(Arc<KeySet>);

impl KeySource for Waiting {
    fn known(&self) -> Option<Arc<KeySet>> {
        None
    }

    fn fetch(&self) -> impl Future<Output = Result<Arc<KeySet>, BoxError>> + Send {
        std::future::ready(Ok(Arc::clone(&self.0)))
    }
}

#[test]
fn the_log_names_the_issuer_of_a_policy_that_is_not_trusted() {
    let own = || keyless(Config::default()).key_pair(signing(Algorithm::ES256));
    let jwt = own().trusted_issuer(login(LOGIN)).build().unwrap();
    let lines = |policy: Policy| logged(|| jwt.check(&bearer(&token_of(LOGIN)), &policy).is_err());
    // Another trusted issuer, and the tokens of the manager itself, are not a mistake.
    jwt.add_trusted_issuer(login("https://other.example")).unwrap();
    assert_eq!(lines(Policy::access().issuer("https://other.example")).1.len(), 0);
    assert_eq!(lines(Policy::access()).1.len(), 0);
    let (is_rejected, warned) = lines(Policy::access().issuers(&["https://login.example/"]));
    assert!(is_rejected);
    assert_eq!(warned.len(), 1);
    assert!(format!("{warned:?}").contains("https://login.example/"), "{warned:?}");
    assert_eq!(lines(Policy::access().issuers(&["https://login.example/"])).1.len(), 0);
}

#[test]
fn users_of_issuers_that_are_added_later_are_loaded() {
    let builder = keyless(Config::default()).without_own_keys();
    let jwt = builder
        .user_lookup_loader_for_any_issuer(|token: Token| {
            std::future::ready(Some(format!("{} of {}", token.identity(), token.issuer().unwrap())))
        })
        .build()
        .unwrap();
    jwt.add_trusted_issuer(login(LOGIN)).unwrap();
    let checked = jwt.check(&bearer(&token_of(LOGIN)), &Policy::access()).unwrap();
    let authenticated = block_on(jwt.complete(checked)).unwrap();
    assert_eq!(*authenticated.user::<String>().unwrap(), "alice of https://login.example");
    // The manager's own users are not among them, and an issuer can have a loader of its own.
    let own = keyless(Config::default()).key_pair(signing(Algorithm::ES256)).trusted_issuer(login(LOGIN));
    let own = own.user_lookup_loader_for_any_issuer(|_: Token| std::future::ready(Some("any")));
    let jwt =
        own.user_lookup_loader_for(LOGIN, |_: Token| std::future::ready(Some("login"))).build().unwrap();
    let user = |token: &str, policy: &Policy| {
        block_on(jwt.verify(token, policy)).unwrap().user::<&'static str>().ok().map(|user| *user)
    };
    assert_eq!(user(&token_of(LOGIN), &Policy::access().issuer(LOGIN)), Some("login"));
    assert_eq!(user(&jwt.access_token("alice").encode().unwrap(), &Policy::access()), None);
}
