//! Policies that check the source behind a store's copy, without a server.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use jwt_core::session::{IsRevokedRequest, MemorySessions, Revocation, RevokeRequest};
use jwt_core::{BoxError, Config, JwtManager, Policy, TokenError};

use crate::memos::{counting, guard};
use crate::support::{authenticate, bearer, builder, refused, token};

const COPY: Policy = Policy::access();
const SOURCE: Policy = Policy::access().revocation_from_source();

/// A store whose copy has no revoked tokens and whose source has all of them.
#[derive(Default)]
struct Late {
    copy_asked: AtomicUsize,
    source_asked: AtomicUsize,
}

impl Late {
    fn asked(&self) -> (usize, usize) {
        (self.copy_asked.swap(0, Ordering::SeqCst), self.source_asked.swap(0, Ordering::SeqCst))
    }
}

impl Revocation for Late {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        let is_local = request.consistency.is_local();
        if is_local { &self.copy_asked } else { &self.source_asked }.fetch_add(1, Ordering::SeqCst);
        Ok(!is_local)
    }

    async fn revoke(&self, _: RevokeRequest<'_>) -> Result<(), BoxError> {
        Ok(())
    }
}

fn late() -> (Arc<Late>, JwtManager) {
    let store = Arc::new(Late::default());
    let jwt = builder(Config::default()).revocation_store(Arc::clone(&store)).build().unwrap();
    (store, jwt)
}

#[test]
fn of_skipping_and_asking_the_source_the_later_one_counts() {
    let (store, jwt) = late();
    let skips = SOURCE.skip_revocation_check();
    assert!(authenticate(&jwt, &bearer(&token(&[])), &skips).is_ok());
    assert_eq!(store.asked(), (0, 0));
    let asks = COPY.skip_revocation_check().revocation_from_source();
    let error = refused(authenticate(&jwt, &bearer(&token(&[])), &asks));
    assert!(matches!(error, TokenError::Revoked(_)), "{error:?}");
    assert_eq!(store.asked(), (0, 1));
}

#[test]
fn without_a_future_the_source_cannot_be_checked() {
    let (store, jwt) = late();
    let mut request = bearer(&token(&[]));
    let needs_future = |request: &http::Request<()>, policy: &Policy| {
        jwt.complete_now(jwt.check(request, policy).unwrap()).is_err()
    };
    guard(&jwt, &mut request, &COPY).unwrap();
    assert!(!needs_future(&request, &COPY));
    assert!(needs_future(&request, &SOURCE), "the guard has asked the copy alone");
    assert_eq!(store.asked(), (1, 0));
}

#[test]
fn after_the_source_the_copy_is_not_checked() {
    let store = MemorySessions::new();
    let jwt = builder(Config::default()).session_store(store).build().unwrap();
    let pair = crate::support::block_on(async { jwt.log_in("alice").await }).unwrap();
    let mut request = bearer(pair.access());
    guard(&jwt, &mut request, &SOURCE).unwrap();
    for policy in [COPY, SOURCE, COPY.skip_revocation_check()] {
        assert!(jwt.complete_now(jwt.check(&request, &policy).unwrap()).is_ok());
    }
    // A guard in between that checks less does not change that.
    for policy in [COPY.skip_revocation_check(), COPY] {
        guard(&jwt, &mut request, &policy).unwrap();
    }
    assert!(jwt.complete_now(jwt.check(&request, &SOURCE).unwrap()).is_ok());
}

#[test]
fn without_a_store_there_is_no_source() {
    let (jwt, _) = counting();
    let checked = jwt.check(&bearer(&token(&[])), &SOURCE).unwrap();
    assert!(jwt.complete_now(checked).unwrap().is_ok());
}
