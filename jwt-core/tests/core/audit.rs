//! Audit events: which there are, and what they contain.

use std::collections::BTreeSet;
#[cfg(feature = "tokio")]
use std::pin::Pin;
use std::sync::{Arc, Mutex};

#[cfg(feature = "tokio")]
use futures_util::FutureExt as _;
use http::Request;
use jwt_core::adapter::Renewal;
use jwt_core::keys::{KeyRing, KeySet, SigningKey};
use jwt_core::session::{
    AuditEvent, AuditEventKind, AuditSink, EndedBy, SessionEvents, SessionState, TracingAudit,
};
use jwt_core::{BoxError, Config, Issuer, JwtManagerBuilder, KeySource, Location, Policy, TokenError};
#[cfg(feature = "tokio")]
use jwt_core::{JwtManager, Token};
#[cfg(feature = "tokio")]
use jwt_test::{FailingStore, Outage};
use tracing::Level;

#[cfg(feature = "tokio")]
use crate::support::{Clock, builder};
use crate::support::{NOW, at, authenticate, bearer, block_on, refused, secs};
use crate::support_keys::{keyless, new_key};
use crate::support_log::{Line, logged};
#[cfg(feature = "tokio")]
use crate::support_sessions::abandoned;
use crate::support_sessions::{House, house_with};

const PAGE: &str = include_str!("../../src/guide/observability.md");
const LOGIN: &str = "https://login.example";

/// Writes each event on a line.
#[derive(Clone, Default)]
struct Book(Arc<Mutex<Vec<String>>>);

impl Book {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }
}

impl SessionEvents for Book {
    fn audit(&self, event: &AuditEvent<'_>) {
        let mut line = event.kind().as_str().to_owned();
        let mut add = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                line.push_str(&format!(" {name}={value}"));
            }
        };
        add("issuer", event.issuer().map(Into::into));
        add("subject", event.subject().map(Into::into));
        add("session", event.session().map(Into::into));
        add("label", event.label().map(Into::into));
        add("count", event.count().map(|count| count.to_string()));
        add("by", event.ended_by().map(|by| by.as_str().to_owned()));
        self.0.lock().unwrap().push(line);
    }
}

fn house(config: Config) -> (House, Book) {
    house_and(config, |builder| builder)
}

fn house_and(config: Config, more: impl FnOnce(JwtManagerBuilder) -> JwtManagerBuilder) -> (House, Book) {
    let book = Book::default();
    let house = house_with(config, |builder| more(builder.session_events(book.clone())));
    (house, book)
}

#[test]
fn the_guide_describes_every_event_and_no_other() {
    let (_, events) = PAGE.split_once("# Audit events").unwrap();
    let (events, _) = events.split_once("# Codes").unwrap();
    let row = |line: &'static str| line.strip_prefix("| `")?.split_once("` |").map(|(event, _)| event);
    let described: Vec<_> = events.lines().filter_map(row).collect();
    let kinds: Vec<_> = AuditEventKind::ALL.iter().map(|kind| kind.as_str()).collect();
    assert_eq!(described, kinds);
    assert!(kinds.is_sorted());
    for by in [EndedBy::Application, EndedBy::Holder, EndedBy::Reuse] {
        assert!(events.contains(&format!("`{}`", by.as_str())));
    }
}

#[test]
fn a_session_from_login_to_logout() {
    let (house, book) = house(Config::default().encode_issuer("https://auth.example"));
    let who = "issuer=https://auth.example subject=alice";
    let pair = block_on(async { house.jwt.log_in("alice").label("phone").await }).unwrap();
    let who = format!("{who} session={}", pair.session());
    assert_eq!(book.take(), [format!("logged_in {who} label=phone")]);
    let second = house.rotate(pair.refresh()).unwrap();
    assert_eq!(book.take(), [format!("exchanged {who}")]);
    house.rotate(pair.refresh()).unwrap();
    assert_eq!(book.take(), [format!("used_within_grace {who} count=1")]);
    block_on(house.jwt.log_out(&house.read(second.access()))).unwrap();
    assert_eq!(book.take(), [format!("session_ended {who} count=1 by=holder")]);
    refused(authenticate(&house.jwt, &bearer(second.access()), &Policy::access()));
    assert_eq!(book.take(), [format!("revoked_token_used {who}")]);
}

#[test]
fn a_session_ends_because_of_a_second_use() {
    let (house, book) = house(Config::default());
    let pair = house.log_in("alice");
    house.rotate(pair.refresh()).unwrap();
    house.clock.set(at(NOW + 3_600));
    book.take();
    house.rotate(pair.refresh()).unwrap_err();
    let who = format!("subject=alice session={}", pair.session());
    assert_eq!(
        book.take(),
        [format!("session_ended {who} count=1 by=reuse"), format!("reuse_detected {who}"),]
    );
}

/// Several requests can find the second use of a token at once, and only one of them ends the session.
#[test]
fn a_reuse_that_is_found_twice_is_one_event() {
    let (house, book) = house(Config::default());
    let pair = house.log_in("alice");
    block_on(house.jwt.log_out(&house.read(pair.access()))).unwrap();
    book.take();
    house.store.remember(SessionState::Spent);
    for _ in 0..3 {
        let error = refused(authenticate(&house.jwt, &bearer(pair.refresh()), &Policy::refresh()));
        assert!(matches!(error, TokenError::Reused(_)), "{error}");
    }
    assert_eq!(book.take(), [format!("revoked_token_used subject=alice session={}", pair.session())]);
}

#[test]
fn an_event_says_who_ended_how_many_sessions() {
    let (house, book) = house(Config::default());
    let log_in = || house.log_in("alice");
    let (first, _, third) = (log_in(), log_in(), log_in());
    let holder = house.read(third.access());
    book.take();
    block_on(house.jwt.end_session("alice", first.session())).unwrap();
    block_on(house.jwt.end_other_sessions(&holder)).unwrap();
    block_on(house.jwt.log_out_everywhere(&holder)).unwrap();
    block_on(house.jwt.log_out_everywhere(&holder)).unwrap();
    block_on(house.jwt.end_other_sessions(&holder)).unwrap();
    block_on(house.jwt.end_sessions("bob")).unwrap();
    block_on(house.jwt.end_issued_before(None, at(NOW))).unwrap();
    assert_eq!(
        book.take(),
        [
            format!("session_ended subject=alice session={} count=1 by=application", first.session()),
            "session_ended subject=alice count=1 by=holder".to_owned(),
            "session_ended subject=alice count=1 by=holder".to_owned(),
            "session_ended subject=bob count=0 by=application".to_owned(),
            "session_ended count=0 by=application".to_owned(),
        ]
    );
}

/// A source of keys that is down unless it has a key.
#[derive(Clone, Default)]
struct Source(Arc<Mutex<Option<SigningKey>>>);

impl KeySource for Source {
    fn known(&self) -> Option<Arc<KeySet>> {
        None
    }

    async fn fetch(&self) -> Result<Arc<KeySet>, BoxError> {
        let key = self.0.lock().unwrap().clone().ok_or("the issuer is down")?;
        Ok(Arc::new(KeySet::new([key.verifying_key().clone()])?))
    }
}

#[test]
fn an_outage_of_an_issuer_is_an_event_once_a_minute() {
    let (source, key) = (Source::default(), new_key());
    let (house, book) = house_and(Config::default(), |builder| {
        builder.trusted_issuer(Issuer::with_source(LOGIN, source.clone()))
    });
    let issuer =
        keyless(Config::default().encode_issuer(LOGIN)).keys(KeyRing::new(key.clone())).build().unwrap();
    let token = issuer.access_token("alice").encode().unwrap();
    let check = || authenticate(&house.jwt, &bearer(&token), &Policy::access().any_issuer());
    for _ in 0..2 {
        for _ in 0..3 {
            refused(check());
        }
        assert_eq!(book.take(), [format!("key_set_stale issuer={LOGIN}")]);
        *source.0.lock().unwrap() = Some(key.clone());
        check().unwrap();
        assert_eq!(book.take(), [""; 0]);
        *source.0.lock().unwrap() = None;
        house.clock.set(at(NOW + 60));
    }
}

#[test]
fn the_other_events() {
    let config =
        Config::default().token_location([Location::Cookie, Location::Header]).max_sessions_per_user(1);
    let (house, book) = house(config);
    let (first, second) = (house.log_in("alice"), house.log_in("alice"));
    let events = book.take();
    assert_eq!(events[1], format!("session_evicted subject=alice session={}", first.session()));
    house.clock.set(at(NOW + 700));
    let cookie = format!("access_token_cookie={}", second.access());
    let request = Request::get("/").header("cookie", cookie).body(()).unwrap();
    block_on(Renewal::find(&house.jwt, &request, secs(300)).unwrap().fields(&[]));
    let who = format!("subject=alice session={}", second.session());
    assert_eq!(book.take(), [format!("access_token_renewed {who}")]);
    house.store.fail(true);
    refused(authenticate(&house.jwt, &bearer(second.access()), &Policy::access()));
    house.jwt.set_keys(KeyRing::new(new_key())).unwrap();
    assert_eq!(book.take(), ["keys_changed"], "an outage is not an event of a session");
}

#[test]
fn texts_are_escaped_and_cut() {
    let (house, book) = house(Config::default().session_label_limit(1_000));
    let hostile = "a\nlogged_in\r\u{1b}[2J\u{202e}\\\u{0}é\"'";
    block_on(async { house.jwt.log_in(hostile).label("x".repeat(1_000)).await }).unwrap();
    let events = book.take();
    let escaped = r#"a\u{a}logged_in\u{d}\u{1b}[2J\u{202e}\\\u{0}é"'"#;
    assert!(events[0].contains(&format!("subject={escaped} session=")), "{events:?}");
    assert!(events[0].ends_with(&format!(" label={}…", "x".repeat(256))), "{events:?}");
    house.log_in(&"é".repeat(1_000));
    assert!(book.take()[0].starts_with(&format!("logged_in subject={}… session=", "é".repeat(256))));
}

#[test]
fn events_go_to_every_sink_and_the_log_has_them_under_a_target_of_their_own() {
    let log: Box<dyn AuditSink> = Box::new(Arc::new(TracingAudit));
    let (house, book) = house_and(Config::default(), |builder| builder.session_events(log));
    let (pair, lines) = logged(|| house.log_in("alice"));
    assert_eq!((book.take().len(), house.told.take()), (1, Vec::new()));
    let [line] = &*lines else { panic!("{lines:?}") };
    assert_eq!((line.level(), line.target(), line.message()), (Level::INFO, "jwt::audit", "session event"));
    let fields = format!("event=logged_in, subject=alice, session={}", pair.session());
    assert_eq!(line.fields(), fields);
    let targets: BTreeSet<_> = lines.iter().map(Line::target).collect();
    assert_eq!(targets, BTreeSet::from(["jwt::audit"]));
}

#[test]
fn debug_shows_the_kind_alone() {
    struct Shown(Arc<Mutex<String>>);
    impl SessionEvents for Shown {
        fn audit(&self, event: &AuditEvent<'_>) {
            *self.0.lock().unwrap() = format!("{event:?}");
        }
    }
    let shown = Arc::default();
    let sink = Shown(Arc::clone(&shown));
    let house = house_with(Config::default(), |builder| builder.session_events(sink));
    house.log_in("alice");
    assert_eq!(*shown.lock().unwrap(), "AuditEvent { kind: LoggedIn, .. }");
}

/// One revoked token must not fill an audit log.
#[test]
fn a_revoked_token_is_an_event_once_a_minute() {
    let (house, book) = house(Config::default());
    let (first, second) = (house.log_in("alice"), house.log_in("bob"));
    let single = house.jwt.access_token("carol").encode().unwrap();
    for pair in [&first, &second] {
        block_on(house.jwt.log_out(&house.read(pair.access()))).unwrap();
    }
    block_on(house.jwt.revoke(&single)).unwrap();
    book.take();
    let events = |tokens: &[&str]| {
        for _ in 0..100 {
            for token in tokens {
                refused(authenticate(&house.jwt, &bearer(token), &Policy::any()));
            }
        }
        book.take()
    };
    let expected = vec![format!("revoked_token_used subject=alice session={}", first.session()); 2];
    let tokens = [first.access(), first.refresh()];
    assert_eq!(events(&tokens), expected);
    assert_eq!(events(&tokens), [""; 0]);
    house.clock.set(at(NOW + 60));
    assert_eq!(events(&tokens), expected);
    // A clock that is set back does not silence it.
    house.clock.set(at(NOW));
    assert_eq!(events(&tokens), expected);
    let of_bob = format!("revoked_token_used subject=bob session={}", second.session());
    assert_eq!(events(&[second.access()]), [of_bob]);
    assert_eq!(events(&[&single]), ["revoked_token_used subject=carol"]);
}

/// A thief must not be able to hide that the session has ended, and a user who closes the page is logged out.
#[cfg(feature = "tokio")]
#[tokio::test(flavor = "current_thread")]
async fn a_client_that_disconnects_does_not_interrupt_what_it_has_started() {
    type Work = fn(JwtManager, Token) -> Pin<Box<dyn Future<Output = ()> + Send>>;
    let works: [(Work, &[&str]); 9] = [
        (
            |jwt, token| Box::pin(async move { jwt.rotate(&token).await.map(drop).unwrap() }),
            &[
                "session_ended subject=alice session=S count=1 by=reuse",
                "reuse_detected subject=alice session=S",
            ],
        ),
        (
            |jwt, _| Box::pin(async move { jwt.log_in("bob").label("x").await.map(drop).unwrap() }),
            &["logged_in subject=bob session=N label=x"],
        ),
        (
            |jwt, _| Box::pin(async move { jwt.log_in("alice").await.map(drop).unwrap() }),
            &["session_evicted subject=alice session=N", "logged_in subject=alice session=N"],
        ),
        (
            |jwt, token| Box::pin(async move { jwt.log_out(&token).await.unwrap() }),
            &["session_ended subject=alice session=S count=1 by=holder"],
        ),
        (
            |jwt, token| Box::pin(async move { jwt.log_out_everywhere(&token).await.map(drop).unwrap() }),
            &["session_ended subject=alice count=2 by=holder"],
        ),
        (
            |jwt, token| Box::pin(async move { jwt.end_other_sessions(&token).await.map(drop).unwrap() }),
            &["session_ended subject=alice count=1 by=holder"],
        ),
        (
            |jwt, token| {
                Box::pin(async move {
                    let session = token.session().unwrap();
                    jwt.end_session("alice", session).await.map(drop).unwrap();
                })
            },
            &["session_ended subject=alice session=S count=1 by=application"],
        ),
        (
            |jwt, _| Box::pin(async move { jwt.end_sessions("alice").await.map(drop).unwrap() }),
            &["session_ended subject=alice count=2 by=application"],
        ),
        (
            |jwt, _| Box::pin(async move { jwt.end_issued_before(None, at(NOW)).await.map(drop).unwrap() }),
            &["session_ended count=0 by=application"],
        ),
    ];
    for (work, expected) in works {
        let (store, clock, book) = (FailingStore::default(), Clock::new(at(NOW)), Book::default());
        let config = Config::default().max_sessions_per_user(2);
        let builder = builder(config).clock(clock.reader()).session_store(store.clone());
        let jwt = builder.session_events(book.clone()).build().unwrap();
        jwt.log_in("alice").await.unwrap();
        let pair = jwt.log_in("alice").await.unwrap();
        let refresh = jwt.decode(pair.refresh()).unwrap();
        clock.set(at(NOW + 1));
        jwt.rotate(&refresh).await.unwrap();
        clock.set(at(NOW + 3_600));
        book.take();
        abandoned(&store, work(jwt.clone(), refresh)).await;
        let new = book.take().into_iter().map(|line| match line.split_once("session=") {
            Some((before, rest)) if rest.starts_with(pair.session()) => {
                format!("{before}session=S{}", rest.get(pair.session().len()..).unwrap())
            }
            Some((before, rest)) => format!("{before}session=N{}", rest.get(36..).unwrap()),
            None => line,
        });
        assert_eq!(new.collect::<Vec<_>>(), expected);
    }
}

/// A handler can wait for the store without Tokio's help, and blocks nothing but itself.
#[cfg(feature = "tokio")]
#[tokio::test(flavor = "current_thread")]
async fn a_change_in_memory_needs_no_other_task() {
    let (house, book) = house(Config::default());
    let pair = async { house.jwt.log_in("alice").await }.now_or_never().unwrap().unwrap();
    house.jwt.log_out(&house.read(pair.access())).now_or_never().unwrap().unwrap();
    assert_eq!(book.take().len(), 2);
}

/// A store that hangs does not collect tasks, and what can show a theft has places of its own.
#[cfg(feature = "tokio")]
#[test]
fn what_is_left_of_requests_is_bounded() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let (store, book) = (FailingStore::default(), Book::default());
    let builder = builder(Config::default()).session_store(store.clone());
    let jwt = builder.session_events(book.clone()).build().unwrap();
    let ((), lines) = logged(|| {
        runtime.block_on(async {
            let turns = async || {
                for _ in 0..10_000 {
                    tokio::task::yield_now().await;
                }
            };
            // Their places are free again afterwards.
            for _ in 0..2 {
                let pair = jwt.log_in("bob").await.unwrap();
                let refresh = jwt.decode(pair.refresh()).unwrap();
                book.take();
                store.fail(Outage::Hang);
                for _ in 0..1_100 {
                    assert!(jwt.end_sessions("alice").now_or_never().is_none());
                }
                assert!(async { jwt.rotate(&refresh).await }.now_or_never().is_none());
                store.recover();
                turns().await;
                let told = book.take();
                assert_eq!(told.iter().filter(|line| line.starts_with("exchanged")).count(), 1);
                assert_eq!(told.len(), 1_001);
            }
        });
    });
    let warnings = lines.iter().filter(|line| line.level() == Level::WARN);
    assert!(warnings.map(Line::message).all(|message| message.starts_with("1000 requests were dropped")));
    assert_eq!(lines.iter().filter(|line| line.level() == Level::WARN).count(), 2);
}

#[cfg(feature = "tokio")]
#[tokio::test(flavor = "current_thread")]
async fn a_client_that_disconnects_does_not_interrupt_a_revocation() {
    let store = FailingStore::default();
    let jwt = builder(Config::default()).session_store(store.clone()).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    let (manager, text) = (jwt.clone(), token.clone());
    abandoned(&store, async move { manager.revoke(&text).await }).await;
    let request = bearer(&token);
    let checked = jwt.check(&request, &Policy::access()).unwrap();
    assert!(matches!(jwt.complete(checked).await, Err(TokenError::Revoked(_))));
}

#[cfg(feature = "tokio")]
#[tokio::test(flavor = "current_thread")]
async fn a_client_that_disconnects_does_not_hide_a_renewal() {
    let (store, clock, book) = (FailingStore::default(), Clock::new(at(NOW)), Book::default());
    let builder = builder(Config::default().token_location([Location::Cookie]));
    let builder = builder.clock(clock.reader()).session_store(store.clone());
    let jwt = builder.session_events(book.clone()).build().unwrap();
    let pair = jwt.log_in("alice").await.unwrap();
    clock.set(at(NOW + 700));
    book.take();
    let cookie = format!("access_token_cookie={}", pair.access());
    let request = Request::get("/").header("cookie", cookie).body(()).unwrap();
    let renewal = Renewal::find(&jwt, &request, secs(300)).unwrap();
    abandoned(&store, async move { renewal.fields(&[]).await }).await;
    assert_eq!(book.take(), [format!("access_token_renewed subject=alice session={}", pair.session())]);
}
