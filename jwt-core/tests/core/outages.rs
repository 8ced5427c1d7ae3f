//! What the log has about stores and loaders that fail.

use std::future::{Future as _, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};

use jwt_core::keys::{LoadedKey, SigningKey};
use jwt_core::mcp::ToolScopes;
use jwt_core::session::{MemorySessions, SessionError};
use jwt_core::{BoxError, Config, JwtManager, Policy, RequestInfo, Token, TokenError, Verdict};
use jwt_test::FailingStore;
use serde_json::Value;
use tracing::Level;

use crate::support::{NOW, SECRET, at, authenticate, bearer, block_on, builder, refused, token};
use crate::support_log::{Line, logged, spans};
use crate::support_sessions::{House, house, house_with};

const SECRET_TEXT: &str = "canary-7d20";

/// Checks a token and responds, as an adapter does.
fn check(jwt: &JwtManager, token: &str, policy: &Policy) -> Result<(), TokenError> {
    let request = bearer(token);
    authenticate(jwt, &request, policy).map(drop).inspect_err(|error| {
        assert_eq!(jwt.respond(error, &request, policy).status(), 503);
    })
}

fn warnings(lines: &[Line]) -> Vec<String> {
    lines.iter().filter(|line| line.level() <= Level::WARN).map(Line::fields).collect()
}

fn fail_and_recover(house: &House, token: &str, times: usize) {
    for _ in 0..times {
        house.store.fail(true);
        refused(check(&house.jwt, token, &Policy::access()));
        house.store.fail(false);
        check(&house.jwt, token, &Policy::access()).unwrap();
    }
}

#[test]
fn an_outage_is_logged_when_it_begins_and_when_it_ends() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let ((), lines) = logged(|| {
        house.store.fail(true);
        for _ in 0..3 {
            refused(check(&house.jwt, pair.access(), &Policy::access()));
        }
        house.rotate(pair.refresh()).unwrap_err();
        house.store.fail(false);
        for _ in 0..3 {
            check(&house.jwt, pair.access(), &Policy::access()).unwrap();
        }
    });
    let cause = "not logged, because it can contain user data";
    assert_eq!(warnings(&lines), ["state", "rotate"].map(|call| format!("operation={call}, cause={cause}")));
    let levels: Vec<_> = lines.iter().map(|line| line.level().as_str()).collect();
    // The first check fails, and two more, each with a rejection. Then the exchange fails, and the check works.
    assert_eq!(levels, ["WARN", "DEBUG", "DEBUG", "DEBUG", "DEBUG", "DEBUG", "WARN", "INFO"]);
    let last = lines.last().unwrap();
    assert_eq!((last.message(), &*last.fields()), ("the store works again", "operation=state"));
    assert!(lines.iter().all(|line| line.target() == "jwt"));
    assert!(
        !format!("{lines:?}").contains("the store is down"),
        "the error of a custom store can be anything"
    );
}

#[test]
fn a_later_outage_is_logged_again() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let ((), lines) = logged(|| fail_and_recover(&house, pair.access(), 2));
    assert_eq!(warnings(&lines).len(), 2);
}

#[test]
fn a_store_that_fails_for_some_requests_does_not_fill_the_log() {
    let house = house_with(Config::default(), |builder| builder);
    let pair = house.log_in("alice");
    let ((), lines) = logged(|| fail_and_recover(&house, pair.access(), 100));
    assert_eq!(warnings(&lines).len(), 10);
    let shown = lines.iter().filter(|line| line.level() <= Level::INFO).count();
    assert_eq!(shown, 20, "with the ends of these outages");
    house.clock.set(at(NOW + 61));
    let ((), lines) = logged(|| fail_and_recover(&house, pair.access(), 100));
    assert_eq!(warnings(&lines).len(), 10, "the next minute has its own");
}

#[test]
fn an_outage_after_many_short_ones_is_announced_later() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let fail = || logged(|| refused(check(&house.jwt, pair.access(), &Policy::access()))).1;
    logged(|| fail_and_recover(&house, pair.access(), 10));
    house.store.fail(true);
    assert_eq!(warnings(&fail()), [""; 0]);
    house.clock.set(at(NOW + 61));
    assert_eq!(warnings(&fail()).len(), 1);
    assert_eq!(warnings(&fail()), [""; 0]);
}

#[test]
fn a_clock_that_is_set_back_does_not_lift_the_limit() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let ((), lines) = logged(|| {
        for seconds in 1..=100 {
            house.clock.set(at(NOW + 200 - seconds));
            fail_and_recover(&house, pair.access(), 1);
        }
    });
    assert_eq!(warnings(&lines).len(), 10);
}

/// A loader that returns what the test says, when it says so. It has one cell for each call.
#[derive(Clone, Default)]
struct Later(Arc<Mutex<Vec<Option<bool>>>>);

impl Later {
    fn manager(&self) -> JwtManager {
        let Self(cells) = self.clone();
        let loader = move |_| {
            let (mut all, cells) = (cells.lock().unwrap(), Arc::clone(&cells));
            let place = all.len();
            all.push(None);
            poll_fn(move |_| {
                let outcome = |works| if works { Ok(false) } else { Err("down") };
                cells.lock().unwrap()[place].map_or(Poll::Pending, |works| Poll::Ready(outcome(works)))
            })
        };
        builder(Config::default()).token_in_blocklist_loader(loader).build().unwrap()
    }

    fn reply(&self, call: usize, works: bool) {
        self.0.lock().unwrap()[call] = Some(works);
    }
}

#[test]
fn a_call_from_before_the_outage_or_from_within_says_nothing_about_what_came_later() {
    let (later, token) = (Later::default(), token(&[]));
    let jwt = later.manager();
    let begin = || {
        let checked = jwt.check(&bearer(&token), &Policy::access()).unwrap();
        let mut call = Box::pin(jwt.complete(checked));
        let mut poll = move || match call.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(outcome) => Some(outcome.is_ok()),
            Poll::Pending => None,
        };
        assert_eq!(poll(), None);
        poll
    };
    let levels = |lines: &[Line]| lines.iter().map(|line| line.level().as_str()).collect::<Vec<_>>();
    let run = |first: usize, outcomes: &[bool]| {
        let mut calls: Vec<_> = outcomes.iter().map(|_| begin()).collect();
        for (place, works) in outcomes.iter().enumerate() {
            later.reply(first + place, *works);
            assert_eq!(calls[place](), Some(*works));
        }
    };
    let ((), lines) = logged(|| run(0, &[false, true, false]));
    assert_eq!(levels(&lines), ["WARN", "DEBUG"], "a success from before the outage does not end it");
    let ((), lines) = logged(|| run(3, &[true, false]));
    assert_eq!(levels(&lines), ["INFO", "DEBUG"], "a failure from within does not begin another one");
}

#[test]
fn a_rule_that_fails_does_not_work_although_another_one_denies() {
    let down = || Verdict::from(Err::<bool, _>("down"));
    let fails = Arc::new(AtomicBool::new(true));
    let of_manager = {
        let fails = Arc::clone(&fails);
        move |_: &Token, _: &RequestInfo| {
            if fails.load(Ordering::Relaxed) { down() } else { Verdict::permit() }
        }
    };
    let jwt = builder(Config::default()).token_verification_rule(of_manager).build().unwrap();
    let policy = Policy::access().with_rule(|_: &Token, _: &RequestInfo| Verdict::deny());
    let token = token(&[]);
    let shown = || {
        let (_, lines) = logged(|| refused(authenticate(&jwt, &bearer(&token), &policy)));
        lines.iter().map(|line| line.level().as_str()).collect::<Vec<_>>()
    };
    assert_eq!(shown(), ["WARN"]);
    assert_eq!(shown(), ["DEBUG"]);
    fails.store(false, Ordering::Relaxed);
    assert_eq!(shown(), ["INFO"]);

    // A rule that is not called does not work either.
    let jwt = builder(Config::default()).build().unwrap();
    let shown = |policy: &Policy| {
        let (_, lines) = logged(|| refused(authenticate(&jwt, &bearer(&token), policy)));
        lines.iter().filter(|line| line.level() < Level::DEBUG).count()
    };
    assert_eq!(shown(&Policy::access().with_rule(move |_: &Token, _: &RequestInfo| down())), 1);
    assert_eq!(shown(&Policy::access().with_rule(ToolScopes::new(&[]))), 0);
}

#[test]
fn what_works_does_not_end_the_outage_of_something_else() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let ((), lines) = logged(|| {
        // Only exchanges fail.
        house.store.forget(true);
        for _ in 0..3 {
            house.rotate(pair.refresh()).unwrap_err();
            check(&house.jwt, pair.access(), &Policy::access()).unwrap();
        }
    });
    assert_eq!(warnings(&lines).len(), 1);
    assert!(lines.iter().all(|line| line.level() != Level::INFO), "{lines:?}");
}

#[test]
fn the_cause_of_a_store_that_describes_its_errors_is_logged() {
    let jwt = builder(Config::default())
        .session_store(FailingStore::new(Arc::new(MemorySessions::with_limit(1))))
        .build()
        .unwrap();
    let log_in = |user: &str| block_on(async { jwt.log_in(user).await });
    log_in("alice").unwrap();
    let (outcome, lines) = logged(|| log_in(SECRET_TEXT));
    outcome.unwrap_err();
    let cause = "memory store is full of live entries: raise its limit";
    assert_eq!(warnings(&lines), [format!("operation=start, cause={cause}")]);
}

#[test]
fn a_login_beyond_the_limit_is_not_an_outage() {
    let config = Config::default().max_sessions_per_user(1).reject_login_at_session_limit(true);
    let house = house(config);
    house.log_in("alice");
    let (outcome, lines) = logged(|| block_on(async { house.jwt.log_in("alice").await }));
    outcome.unwrap_err();
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn the_causes_of_loaders_and_rules_are_not_logged() {
    let fails = || Err::<bool, BoxError>(SECRET_TEXT.into());
    let rule = |_: &Token, _: &RequestInfo| Verdict::later(async { Err::<bool, _>(SECRET_TEXT) });
    let with = |part: &str| {
        let builder = builder(Config::default());
        match part {
            "blocklist_loader" => builder.token_in_blocklist_loader(move |_| async move { fails() }),
            "verification_loader" => builder.token_verification_loader(move |_| async move { fails() }),
            "key_loader" => JwtManager::builder(Config::default())
                .secret(SECRET)
                .decode_key_loader(|_| Err::<Option<LoadedKey>, _>(SECRET_TEXT)),
            "user_loader" => builder.user_lookup_loader(|_| async { Err::<Option<()>, _>(SECRET_TEXT) }),
            _ => builder.token_verification_rule(rule),
        }
        .build()
        .unwrap()
    };
    let token = token(&[]);
    for part in ["blocklist_loader", "key_loader", "verification_loader", "user_loader", "rule"] {
        let jwt = with(part);
        let ((), lines) = logged(|| {
            for _ in 0..2 {
                refused(check(&jwt, &token, &Policy::access()));
            }
        });
        let cause = "not logged, because it can contain user data";
        assert_eq!(warnings(&lines), [format!("operation={part}, cause={cause}")]);
        assert!(!format!("{lines:?}").contains(SECRET_TEXT));
    }
}

#[test]
fn a_loader_of_signing_keys_that_fails_is_an_outage() {
    let loader = |_: &Value| Err::<Option<SigningKey>, _>(SECRET_TEXT);
    let house = house_with(Config::default(), |builder| builder.encode_key_loader(loader));
    let ((), lines) = logged(|| {
        for _ in 0..3 {
            let Err(SessionError::NotIssued(error)) = block_on(async { house.jwt.log_in("alice").await })
            else {
                panic!("a token was issued")
            };
            assert_eq!(error.response().status(), 503);
        }
    });
    let cause = "not logged, because it can contain user data";
    assert_eq!(warnings(&lines), [format!("operation=encode_key_loader, cause={cause}")]);
    assert!(!format!("{lines:?}").contains(SECRET_TEXT));
}

#[test]
fn what_leaves_the_process_has_a_span() {
    let house = house(Config::default());
    let (pair, opened) = spans(|| house.log_in("alice"));
    assert_eq!(opened, ["jwt lookup operation=start"]);
    let (_, opened) = spans(|| check(&house.jwt, pair.access(), &Policy::access()).unwrap());
    assert_eq!(opened, ["jwt lookup operation=state"]);
    let (_, opened) = spans(|| check(&house.jwt, pair.access(), &Policy::access().skip_revocation_check()));
    assert_eq!(opened, [""; 0]);
}
