//! Operations that have events or spans, without a subscriber, and with one that does not want them.

use std::hint::black_box;
use std::time::UNIX_EPOCH;

use futures_util::FutureExt as _;
use http::Request;
use jwt_core::session::MemorySessions;
use jwt_core::{Config, JwtManager, Policy};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;

use crate::tokens::{HS256, SECRET};
use crate::{NOW, Operation};

/// Installs a subscriber that wants all events, except those of this library.
fn subscribe(subscribed: bool) {
    if subscribed {
        let targets = Targets::new().with_default(LevelFilter::TRACE).with_target("jwt", LevelFilter::OFF);
        let subscriber = tracing_subscriber::registry().with(targets);
        tracing::subscriber::set_global_default(subscriber).expect("the first subscriber");
    }
}

/// Checks a request whose token is of a session in a store.
pub(crate) fn check_session(subscribed: bool) -> Operation {
    static POLICY: Policy = Policy::access();
    subscribe(subscribed);
    let builder = JwtManager::builder(Config::default()).secret(SECRET).clock(|| UNIX_EPOCH + NOW);
    let jwt = builder.session_store(MemorySessions::new()).build().expect("a manager");
    let login = async { jwt.log_in("alice").await };
    let pair = login.now_or_never().expect("a store in memory").expect("a session");
    let request = Request::builder().header("Authorization", format!("Bearer {}", pair.access())).body(());
    let request = request.expect("a request");
    Box::new(move || {
        let checked = jwt.check(black_box(&request), &POLICY).expect("a good token");
        let complete = jwt.complete(checked).now_or_never().expect("a store in memory");
        assert!(black_box(complete).is_ok());
    })
}

/// Rejects an expired token, with the response.
pub(crate) fn respond_to_expired(subscribed: bool) -> Operation {
    static POLICY: Policy = Policy::access();
    subscribe(subscribed);
    let jwt = JwtManager::builder(Config::default()).secret(SECRET).clock(|| UNIX_EPOCH + NOW * 3).build();
    let jwt = jwt.expect("a manager");
    let request = Request::builder().header("Authorization", format!("Bearer {HS256}")).body(());
    let request = request.expect("a request");
    Box::new(move || {
        let error = jwt.check(black_box(&request), &POLICY).expect_err("an expired token");
        assert_eq!(black_box(jwt.respond(&error, &request, &POLICY)).status(), 401);
    })
}
