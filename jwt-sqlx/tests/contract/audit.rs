//! The audit log of a real manager.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use http::Request;
use jwt_core::adapter::Renewal;
use jwt_core::keys::{Algorithm, KeyRing, Secret, SigningKey};
use jwt_core::session::{MemorySessions, TokenPair};
use jwt_core::{Config, JwtManager, Location, Policy, Token};
use jwt_session::{AuditEvent, AuditEventKind, AuditSink, EndedBy, PAGE_LIMIT, Subject};
use jwt_sqlx::{AuditEntry, Error};
use sqlx::Executor as _;

use super::secrecy::Log;
use super::{ALICE, BOB, ELSEWHERE, at};
use crate::{AUDIT_LOCK, Audit, Database};

/// The table, with one line for each event.
pub(crate) async fn lines(database: &Database) -> Vec<String> {
    type Row =
        (String, Option<String>, Option<String>, Option<String>, Option<String>, Option<i64>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT event, issuer, subject, session, label, count, ended_by FROM jwt_audit ORDER BY id",
    )
    .fetch_all(&mut database.connection().await)
    .await
    .unwrap();
    let line = |(event, issuer, subject, session, label, count, by): Row| {
        let mut line = event;
        for (name, value) in [
            ("issuer", issuer),
            ("subject", subject),
            ("session", session),
            ("label", label),
            ("count", count.map(|count| count.to_string())),
            ("by", by),
        ] {
            if let Some(value) = value {
                line.push_str(&format!(" {name}={value}"));
            }
        }
        line
    };
    rows.into_iter().map(line).collect()
}

/// A manager with sessions in memory, and its clock.
struct House {
    database: Database,
    audit: Audit,
    jwt: JwtManager,
    seconds: Arc<AtomicU64>,
    seen: usize,
}

impl House {
    async fn new(config: Config) -> Self {
        let database = Database::new();
        let audit = database.audit(Audit::builder()).await;
        let seconds = Arc::new(AtomicU64::new(0));
        let clock = Arc::clone(&seconds);
        let jwt = JwtManager::builder(config)
            .secret(Secret::generate().unwrap())
            .clock(move || at(clock.load(Ordering::Relaxed)))
            .session_store(MemorySessions::new())
            .session_events(audit.clone())
            .build()
            .unwrap();
        Self { database, audit, jwt, seconds, seen: 0 }
    }

    async fn log_in(&self, subject: &str) -> TokenPair {
        self.jwt.log_in(subject).await.unwrap()
    }

    fn read(&self, token: &str) -> Token {
        self.jwt.decode_allow_expired(token).unwrap()
    }

    /// The events since the last call.
    async fn told(&mut self) -> Vec<String> {
        self.audit.flush().await.unwrap();
        let mut lines = lines(&self.database).await;
        let told = lines.split_off(self.seen);
        self.seen += told.len();
        told
    }
}

#[tokio::test]
async fn a_session_from_login_to_logout() {
    let mut house = House::new(Config::default().encode_issuer("https://auth.example")).await;
    let pair = house.jwt.log_in("alice").label("phone").await.unwrap();
    let second = house.jwt.rotate(&house.read(pair.refresh())).await.unwrap();
    house.jwt.rotate(&house.read(pair.refresh())).await.unwrap();
    house.seconds.store(2, Ordering::Relaxed);
    house.jwt.log_out(&house.read(second.access())).await.unwrap();
    house.jwt.verify(second.access(), &Policy::access()).await.unwrap_err();
    let who = format!("issuer=https://auth.example subject=alice session={}", pair.session());
    assert_eq!(
        house.told().await,
        [
            format!("logged_in {who} label=phone"),
            format!("exchanged {who}"),
            format!("used_within_grace {who} count=1"),
            format!("session_ended {who} count=1 by=holder"),
            format!("revoked_token_used {who}"),
        ]
    );
    let page = house.audit.of_subject(Subject::new("https://auth.example", "alice"), 10, None).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.at).collect::<Vec<_>>(), [2, 2, 0, 0, 0].map(at));
    assert_eq!(house.audit.dropped(), 0);
}

#[tokio::test]
async fn reuse_eviction_renewal_and_what_the_application_ends() {
    let config =
        Config::default().token_location([Location::Cookie, Location::Header]).max_sessions_per_user(1);
    let mut house = House::new(config).await;
    let first = house.log_in("alice").await;
    let second = house.log_in("alice").await;
    let [a, b] = [&first, &second].map(|pair| format!("subject=alice session={}", pair.session()));
    assert_eq!(
        house.told().await,
        [format!("logged_in {a}"), format!("session_evicted {a}"), format!("logged_in {b}")]
    );
    house.seconds.store(700, Ordering::Relaxed);
    let cookie = format!("access_token_cookie={}", second.access());
    let request = Request::get("/").header("cookie", cookie).body(()).unwrap();
    Renewal::find(&house.jwt, &request, Duration::from_secs(300)).unwrap().fields(&[]).await;
    assert_eq!(house.told().await, [format!("access_token_renewed {b}")]);

    house.jwt.rotate(&house.read(second.refresh())).await.unwrap();
    house.seconds.store(3_700, Ordering::Relaxed);
    house.jwt.rotate(&house.read(second.refresh())).await.unwrap_err();
    house.log_in("bob").await;
    house.jwt.end_sessions("bob").await.unwrap();
    house.jwt.end_issued_before(None, at(1)).await.unwrap();
    house
        .jwt
        .set_keys(KeyRing::new(
            SigningKey::from_secret(Algorithm::HS256, Secret::generate().unwrap()).unwrap().with_id("new"),
        ))
        .unwrap();
    let told = house.told().await;
    assert!(told[3].starts_with("logged_in subject=bob session="), "{told:?}");
    assert_eq!(
        [&told[..3], &told[4..]].concat(),
        [
            format!("exchanged {b}"),
            format!("session_ended {b} count=1 by=reuse"),
            format!("reuse_detected {b}"),
            "session_ended subject=bob count=1 by=application".to_owned(),
            "session_ended count=0 by=application".to_owned(),
            "keys_changed".to_owned(),
        ]
    );
}

#[tokio::test]
async fn hostile_names_are_escaped_and_cut() {
    let mut house = House::new(Config::default().session_label_limit(1_000)).await;
    let hostile = "a\nlogged_in\r\u{1b}[2J\u{202e}\\\0é\"';DROP TABLE jwt_audit;--$1?";
    let long = "🦀\u{202e}'".repeat(2_000_000);
    house.jwt.log_in(hostile).label(long.clone()).await.unwrap();
    house.jwt.log_in(&*"\u{10fffe}".repeat(300)).await.unwrap();
    house.jwt.log_in(&*"\u{80}".repeat(300)).await.unwrap();
    house.audit.record(&event(Subject::new(&long, &long), 0));
    let told = house.told().await;
    let escaped = r#"a\u{a}logged_in\u{d}\u{1b}[2J\u{202e}\\\u{0}é"';DROP TABLE jwt_audit;--$1?"#;
    assert!(told[0].starts_with(&format!("logged_in subject={escaped} session=")), "{}", told[0]);
    let label: String = long.chars().take(256).map(|c| if c == '\u{202e}' { ' ' } else { c }).collect();
    assert!(told[0].ends_with(&format!(" label={label}…")), "{}", told[0]);
    assert!(told[1].starts_with(&format!("logged_in subject={}… session=", "\u{10fffe}".repeat(256))));
    assert!(told[2].starts_with(&format!("logged_in subject={}… session=", r"\u{80}".repeat(256))));
    let cut = AuditEvent::escaped(&long);
    assert_eq!(told[3], format!("logged_in issuer={cut} subject={cut} session=session"));
    assert!(cut.len() < 2_560);
    // A reader uses the name as it is.
    let page = house.audit.of_subject(Subject::new("", hostile), 10, None).await.unwrap();
    assert_eq!((page.len(), page[0].subject.as_deref()), (1, Some(escaped)));
}

pub(crate) fn event(subject: Subject<'_>, seconds: u64) -> AuditEvent<'_> {
    AuditEvent::new(AuditEventKind::LoggedIn, at(seconds)).of_subject(subject).of_session("session", None)
}

fn ids(page: &[AuditEntry]) -> Vec<i64> {
    page.iter().map(|entry| entry.id).collect()
}

#[tokio::test]
async fn a_page_has_the_latest_events_of_one_subject() {
    let database = Database::new();
    let audit = database.audit(Audit::builder()).await;
    // Another machine was late with the event at 1.
    for (subject, seconds) in [(ALICE, 0), (BOB, 1), (ALICE, 3), (ELSEWHERE, 3), (ALICE, 1), (ALICE, 3)] {
        audit.record(&event(subject, seconds));
    }
    audit.flush().await.unwrap();
    let page = audit.of_subject(ALICE, 2, None).await.unwrap();
    assert_eq!(ids(&page), [6, 3]);
    let page = audit.of_subject(ALICE, 2, Some(3)).await.unwrap();
    assert_eq!(ids(&page), [5, 1]);
    assert_eq!(audit.of_subject(ALICE, 2, Some(1)).await.unwrap(), []);
    assert_eq!(ids(&audit.of_subject(ELSEWHERE, usize::MAX, None).await.unwrap()), [4]);
    assert_eq!(audit.of_subject(Subject::new("", "alice"), 10, None).await.unwrap(), []);
    assert_eq!(ids(&audit.of_subject(BOB, 0, None).await.unwrap()), [2]);
    assert_eq!(format!("{:?}", page[0]), "AuditEntry { id: 5, event: \"logged_in\", .. }");
    for _ in 0..=PAGE_LIMIT {
        audit.record(&event(BOB, 9));
    }
    audit.flush().await.unwrap();
    assert_eq!(audit.of_subject(BOB, usize::MAX, None).await.unwrap().len(), PAGE_LIMIT);
}

#[tokio::test]
async fn names_that_look_the_same_are_not_shown_to_each_other() {
    let database = Database::new();
    let audit = database.audit(Audit::builder()).await;
    let [long, longer, whole] = [257, 258, 256].map(|length| "a".repeat(length));
    for name in [&long, &longer, &whole] {
        audit.record(&event(Subject::new("", name), 0));
    }
    audit.flush().await.unwrap();
    for subject in [Subject::new("", &long), Subject::new("", &longer), Subject::new(&longer, "a")] {
        assert!(matches!(audit.of_subject(subject, 10, None).await, Err(Error::LongName)));
    }
    assert_eq!(audit.of_subject(Subject::new("", &whole), 10, None).await.unwrap().len(), 1);
}

/// Runs until the condition is met.
pub(crate) async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let began = Instant::now();
    while !condition().await {
        assert!(began.elapsed() < Duration::from_secs(60), "{what}");
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn events_wait_for_a_database_that_is_away_as_long_as_there_is_room() {
    let log = Log::of_this_thread();
    let database = Database::new();
    let limit = Duration::from_millis(300);
    let audit = database.audit(Audit::builder().queue(4).time_limit(limit)).await;
    let mut other = database.connection().await;
    other.execute(AUDIT_LOCK).await.unwrap();
    audit.record(&event(ALICE, 0));
    audit.record(&event(ALICE, 1));
    until("a failure", async || log.text().contains("cannot write audit events")).await;
    // Those that the task has taken still count.
    for seconds in 2..9 {
        audit.record(&event(ALICE, seconds));
    }
    assert_eq!(audit.dropped(), 5);
    other.execute("ROLLBACK").await.unwrap();
    audit.flush().await.unwrap();
    let page = audit.of_subject(ALICE, 10, None).await.unwrap();
    assert_eq!(page.iter().map(|entry| entry.at).collect::<Vec<_>>(), [3, 2, 1, 0].map(at));
    // There is room again, and a second outage is logged as well.
    for seconds in 10..15 {
        audit.record(&event(ALICE, seconds));
    }
    audit.flush().await.unwrap();
    assert_eq!((audit.dropped(), lines(&database).await.len()), (6, 8));
    let text = log.text();
    assert_eq!(text.matches("ERROR").count(), 2, "{text}");
    assert_eq!(text.matches("audit events are lost, because the queue").count(), 2, "{text}");
    let [away, again] = ["WARN jwt: cannot write audit events", "INFO jwt: audit events are written again"]
        .map(|line| text.matches(line).count());
    assert_eq!(away, again, "{text}");
    assert!(text.contains("lost=5") && text.contains("lost=1"), "{text}");
    assert!(!text.contains("alice") && !text.contains("issuer.example"), "{text}");
}

#[tokio::test]
async fn the_last_handle_leaves_nothing_behind() {
    let database = Database::new();
    let audit = database.audit(Audit::builder()).await;
    let clone = audit.clone();
    drop(audit);
    for seconds in 0..1_500 {
        clone.record(&event(ALICE, seconds));
    }
    drop(clone);
    until("all events", async || lines(&database).await.len() == 1_500).await;
}

#[tokio::test]
async fn what_cannot_be_written_at_the_end_is_reported() {
    let log = Log::of_this_thread();
    let database = Database::new();
    let pool = database.pool(1).await;
    let audit = database.audit_of(pool.clone()).await;
    pool.close().await;
    audit.record(&event(ALICE, 0));
    drop(audit);
    until("the end", async || log.text().contains("before it had written them")).await;
    let text = log.text();
    assert!(text.contains("lost=1") && text.contains("the pool is closed"), "{text}");
}

#[test]
fn a_runtime_that_stops_loses_nothing_silently() {
    let log = Log::of_this_thread();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let database = Database::new();
    let audit = runtime.block_on(database.audit(Audit::builder()));
    audit.record(&event(ALICE, 0));
    audit.record(&event(ALICE, 1));
    drop(runtime);
    assert_eq!(audit.dropped(), 2);
    audit.record(&event(ALICE, 2));
    audit.record(&event(ALICE, 3));
    assert_eq!(audit.dropped(), 4);
    let text = log.text();
    assert!(text.contains("lost=2"), "{text}");
    assert_eq!(text.matches("because the task of the audit log has ended").count(), 1, "{text}");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    assert!(matches!(runtime.block_on(audit.flush()), Err(Error::AuditStopped)));
}

#[tokio::test]
async fn a_purge_removes_what_is_older_and_nothing_else() {
    let database = Database::new();
    let audit = database.audit(Audit::builder()).await;
    for seconds in 0..2_500 {
        audit.record(&event(ALICE, seconds));
    }
    audit.flush().await.unwrap();
    assert_eq!(audit.purge(at(0)).await.unwrap(), 0);
    assert_eq!(audit.purge(at(2_400)).await.unwrap(), 2_400);
    assert_eq!(audit.purge(at(2_400)).await.unwrap(), 0);
    let page = audit.of_subject(ALICE, PAGE_LIMIT, None).await.unwrap();
    assert_eq!((page.len(), page[99].at), (100, at(2_400)));
    // The numbers are not used again.
    assert_eq!(audit.purge(at(3_000)).await.unwrap(), 100);
    audit.record(&event(ALICE, 3_000));
    audit.flush().await.unwrap();
    assert_eq!(ids(&audit.of_subject(ALICE, 10, None).await.unwrap()), [2_501]);
}

#[tokio::test]
async fn the_retention_is_kept_every_hour_of_the_clock() {
    const DAY: u64 = 24 * 3_600;
    let database = Database::new();
    let seconds = Arc::new(AtomicU64::new(0));
    let clock = {
        let seconds = Arc::clone(&seconds);
        move || -> SystemTime { at(seconds.load(Ordering::Relaxed)) }
    };
    let builder = Audit::builder().retention(Duration::from_secs(DAY)).clock(clock);
    let audit = database.audit(builder.clone()).await;
    let record = async |now: u64| {
        seconds.store(now, Ordering::Relaxed);
        audit.record(&event(ALICE, now));
        audit.flush().await.unwrap();
        lines(&database).await.len()
    };
    assert_eq!(record(0).await, 1);
    assert_eq!(record(DAY).await, 2);
    assert_eq!(record(DAY + 1).await, 3, "the last purge was less than an hour ago");
    assert_eq!(record(DAY + 3_600).await, 3);
    assert_eq!(record(2 * DAY + 3_600).await, 2);
    // Another process removes old events as soon as it opens the log.
    seconds.store(4 * DAY, Ordering::Relaxed);
    let other = database.audit(builder).await;
    until("the purge", async || lines(&database).await.is_empty()).await;
    drop(other);
}

#[tokio::test]
async fn without_a_retention_events_are_kept() {
    let database = Database::new();
    let audit = database.audit(Audit::builder().clock(|| at(1_000_000_000))).await;
    for _ in 0..2 {
        audit.record(&event(ALICE, 0));
        audit.flush().await.unwrap();
    }
    assert_eq!(lines(&database).await.len(), 2);
}

#[tokio::test]
async fn an_older_log_is_opened_again_and_a_newer_one_is_not() {
    let database = Database::new();
    let audit = database.audit(Audit::builder()).await;
    audit.record(
        &AuditEvent::new(AuditEventKind::SessionEnded, at(0)).counted(7).ended_by_whom(EndedBy::Reuse),
    );
    audit.flush().await.unwrap();
    // Sessions and an audit log do not need each other, and can share a prefix.
    database.open().await;
    let again = database.audit(Audit::builder()).await;
    again.record(&event(BOB, 0));
    again.flush().await.unwrap();
    assert_eq!(lines(&database).await[0], "session_ended count=7 by=reuse");
    assert_eq!(lines(&database).await.len(), 2);
    let other = database.audit(Audit::builder().table_prefix("other_")).await;
    assert_eq!(other.of_subject(BOB, 10, None).await.unwrap(), []);
    database.connection().await.execute("INSERT INTO jwt_audit_versions (version) VALUES (2)").await.unwrap();
    let newer = database.try_audit(Audit::builder()).await.unwrap_err();
    assert!(matches!(newer, Error::NewerSchema { found: 2, known: 1 }), "{newer}");
}

/// Statements that change the log, and those that the database itself has.
pub(crate) async fn assert_append_only(more: &[&str]) {
    let database = Database::new();
    let audit = database.audit(Audit::builder()).await;
    for seconds in 0..3 {
        audit.record(&event(ALICE, seconds));
    }
    audit.flush().await.unwrap();
    audit.purge(at(1)).await.unwrap();
    let before = audit.of_subject(ALICE, 10, None).await.unwrap();
    assert_eq!(before.len(), 2);
    let changes = [
        "UPDATE jwt_audit SET subject = 'bob'",
        "DELETE FROM jwt_audit",
        "DELETE FROM jwt_audit WHERE id = 2",
    ];
    for change in changes.iter().chain(more) {
        let error = database.connection().await.execute(*change).await.unwrap_err();
        assert!(error.to_string().contains("the table is append-only"), "{change}: {error}");
    }
    assert_eq!(audit.of_subject(ALICE, 10, None).await.unwrap(), before);
    // The purge leaves no permission behind.
    let permissions: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM jwt_audit_purges")
        .fetch_one(&mut database.connection().await)
        .await
        .unwrap();
    assert_eq!(permissions, 0);
}
