//! Which loaders are called again after a guard or a peek.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jwt_core::adapter::{Memos, peek};
use jwt_core::{Config, JwtManager, Policy, Token};

use crate::memos::{counting, guard};
use crate::support::{authenticate, bearer, builder, token};

/// Counts the calls of each loader.
#[derive(Clone, Default)]
struct Asked {
    revoked: Arc<AtomicUsize>,
    verified: Arc<AtomicUsize>,
    user: Arc<AtomicUsize>,
}

impl Asked {
    fn manager(&self) -> JwtManager {
        let count = |counter: &Arc<AtomicUsize>| {
            let counter = counter.clone();
            move || counter.fetch_add(1, Ordering::Relaxed)
        };
        let (revoked, verified, user) = (count(&self.revoked), count(&self.verified), count(&self.user));
        builder(Config::default())
            .token_in_blocklist_loader(move |_| {
                revoked();
                async { false }
            })
            .token_verification_loader(move |_| {
                verified();
                async { true }
            })
            .user_lookup_loader(move |token: Token| {
                user();
                async move { Some(token.identity().to_owned()) }
            })
            .build()
            .unwrap()
    }

    /// Returns the counts for revocation, verification, and user.
    fn counts(&self) -> [usize; 3] {
        [&self.revoked, &self.verified, &self.user].map(|counter| counter.load(Ordering::Relaxed))
    }
}

#[test]
fn behind_a_guard_only_the_verification_loader_is_called_again() {
    let asked = Asked::default();
    let jwt = asked.manager();
    let mut request = bearer(&token(&[]));
    let first = guard(&jwt, &mut request, &Policy::access()).unwrap();
    assert_eq!(asked.counts(), [1, 1, 1]);
    let second = authenticate(&jwt, &request, &Policy::access()).unwrap();
    assert_eq!(asked.counts(), [1, 2, 1]);
    let users = [&first, &second].map(|passed| passed.user::<String>().unwrap());
    assert!(Arc::ptr_eq(&users[0], &users[1]));
    assert_eq!(*jwt.guarded(&request).unwrap().user::<String>().unwrap(), "alice");
}

#[test]
fn the_extractor_calls_the_loaders_that_the_guard_did_not_call() {
    let asked = Asked::default();
    let jwt = asked.manager();
    let mut request = bearer(&token(&[]));
    let skip = Policy::access().skip_revocation_check();
    guard(&jwt, &mut request, &skip).unwrap();
    assert_eq!(asked.counts(), [0, 1, 1]);
    authenticate(&jwt, &request, &skip).unwrap();
    assert_eq!(asked.counts(), [0, 2, 1]);
    guard(&jwt, &mut request, &Policy::access()).unwrap();
    assert_eq!(asked.counts(), [1, 3, 1]);
    // The memo of the second guard replaced the first one.
    authenticate(&jwt, &request, &Policy::access()).unwrap();
    assert_eq!(asked.counts(), [1, 4, 1]);
}

#[test]
fn a_peek_saves_the_signature_and_guards_nothing() {
    let asked = Asked::default();
    let jwt = asked.manager();
    let mut request = bearer(&token(&[("type", "\"refresh\"")]));
    let memo = peek(&jwt, &request).expect("a good token");
    assert_eq!(asked.counts(), [0, 0, 0]);
    request.extensions_mut().get_or_insert_default::<Memos>().insert(memo.clone());
    assert!(jwt.guarded(&request).is_none());
    assert!(authenticate(&jwt, &request, &Policy::access()).is_err());
    assert!(authenticate(&jwt, &request, &Policy::refresh()).is_ok());
    assert_eq!(asked.counts(), [1, 1, 1]);

    let (jwt, clock) = counting();
    let mut request = bearer(&token(&[]));
    let memo = peek(&jwt, &request).unwrap();
    request.extensions_mut().get_or_insert_default::<Memos>().insert(memo);
    guard(&jwt, &mut request, &Policy::access()).unwrap();
    assert_eq!(clock.reads(), 1);
    assert!(jwt.guarded(&request).is_some());
}
