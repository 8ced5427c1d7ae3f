//! The order of the stages: revocation, scopes, verification, user.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};

use jwt_core::{Config, ErrorKind, JwtManager, Policy, TokenError};

use crate::support::{NOW, authenticate, bearer, block_on, both, builder, refused, token};

/// The results of the three loaders, and the names of those that were called.
#[derive(Clone)]
struct Loaders {
    revoked: Result<bool, &'static str>,
    verified: Result<bool, &'static str>,
    user: Result<Option<u8>, &'static str>,
    asked: Arc<Mutex<Vec<&'static str>>>,
}

impl Loaders {
    fn content() -> Self {
        Self { revoked: Ok(false), verified: Ok(true), user: Ok(Some(1)), asked: Arc::default() }
    }

    fn manager(&self, config: Config) -> JwtManager {
        let (revoked, verified, user) = (self.clone(), self.clone(), self.clone());
        builder(config)
            .token_in_blocklist_loader(move |_| revoked.answer("revoked", revoked.revoked))
            .token_verification_loader(move |_| verified.answer("verified", verified.verified))
            .user_lookup_loader(move |_| user.answer("user", user.user))
            .build()
            .unwrap()
    }

    fn answer<T>(&self, name: &'static str, answer: T) -> impl Future<Output = T> + use<T> {
        let asked = self.asked.clone();
        async move {
            asked.lock().unwrap().push(name);
            answer
        }
    }

    /// Returns the error, which must be the same in both configurations, and the loaders that were called.
    fn judge(&self, policy: &Policy, changes: &[(&str, &str)]) -> (Option<ErrorKind>, Vec<&'static str>) {
        let verdicts = both().map(|config| {
            self.asked.lock().unwrap().clear();
            let verdict = authenticate(&self.manager(config), &bearer(&token(changes)), policy);
            (verdict.err().map(|error: TokenError| error.kind()), self.asked.lock().unwrap().clone())
        });
        assert_eq!(verdicts[0], verdicts[1]);
        verdicts[0].clone()
    }
}

#[test]
fn a_token_that_passes_is_asked_about_once_by_each() {
    let asked = Loaders::content().judge(&Policy::access(), &[]);
    assert_eq!(asked, (None, vec!["revoked", "verified", "user"]));
}

#[test]
fn each_stage_ends_the_way() {
    let scoped = Policy::access().scopes(&["admin"]);
    let admin = [("scope", "\"admin\"")];
    // At first everything fails. Then the errors are fixed one by one.
    let mut loaders = Loaders::content();
    (loaders.revoked, loaders.verified, loaders.user) = (Err("down"), Err("down"), Err("down"));
    assert_eq!(loaders.judge(&scoped, &[]), (Some(ErrorKind::Unavailable), vec!["revoked"]));
    loaders.revoked = Ok(true);
    assert_eq!(loaders.judge(&scoped, &[]), (Some(ErrorKind::RevokedToken), vec!["revoked"]));
    loaders.revoked = Ok(false);
    assert_eq!(loaders.judge(&scoped, &[]), (Some(ErrorKind::InsufficientScope), vec!["revoked"]));
    let asked = vec!["revoked", "verified"];
    assert_eq!(loaders.judge(&scoped, &admin), (Some(ErrorKind::Unavailable), asked.clone()));
    loaders.verified = Ok(false);
    assert_eq!(loaders.judge(&scoped, &admin), (Some(ErrorKind::TokenVerificationFailed), asked));
    loaders.verified = Ok(true);
    let asked = vec!["revoked", "verified", "user"];
    assert_eq!(loaders.judge(&scoped, &admin), (Some(ErrorKind::Unavailable), asked.clone()));
    loaders.user = Ok(None);
    assert_eq!(loaders.judge(&scoped, &admin), (Some(ErrorKind::UserLookupError), asked.clone()));
    loaders.user = Ok(Some(1));
    assert_eq!(loaders.judge(&scoped, &admin), (None, asked));
}

#[test]
fn a_token_that_is_refused_without_them_reaches_no_loader() {
    let past = NOW.to_string();
    let loaders = Loaders::content();
    for (changes, kind) in [
        (&[("exp", &*past)][..], ErrorKind::ExpiredToken),
        (&[("type", "\"refresh\"")], ErrorKind::InvalidToken),
        (&[("sub", "5")], ErrorKind::InvalidToken),
        (&[], ErrorKind::NeedsFreshToken),
    ] {
        assert_eq!(loaders.judge(&Policy::access().fresh(), changes), (Some(kind), vec![]));
    }
}

#[test]
fn if_revocation_is_skipped_the_others_are_called() {
    let policy = Policy::access().skip_revocation_check();
    assert_eq!(Loaders::content().judge(&policy, &[]), (None, vec!["verified", "user"]));
}

#[test]
fn nothing_is_called_before_the_future_is_awaited() {
    let loaders = Loaders::content();
    let jwt = loaders.manager(Config::default());
    let checked = jwt.check(&bearer(&token(&[])), &Policy::access()).unwrap();
    let checked = jwt.complete_now(checked).expect_err("there are loaders");
    let future = jwt.complete(checked);
    assert!(loaders.asked.lock().unwrap().is_empty());
    block_on(future).unwrap();
    assert_eq!(loaders.asked.lock().unwrap().len(), 3);
}

/// A future that is not ready when it is first polled.
struct Later(bool);

impl Future for Later {
    type Output = bool;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<bool> {
        if self.0 {
            return Poll::Ready(true);
        }
        self.0 = true;
        context.waker().wake_by_ref();
        Poll::Pending
    }
}

#[test]
fn a_loader_may_wait_and_its_future_outlives_request_and_manager() {
    fn sent<T: Send + 'static>(future: T) -> T {
        future
    }
    let jwt = builder(Config::default()).token_in_blocklist_loader(|_| Later(false)).build().unwrap();
    let future = {
        let view = bearer(&token(&[]));
        sent(jwt.complete(jwt.check(&view, &Policy::access()).unwrap()))
    };
    drop(jwt);
    assert_eq!(refused(block_on(future)).kind(), ErrorKind::RevokedToken);
}
