//! Helpers of both kinds of tests.

use std::cell::RefCell;
use std::io;
use std::marker::PhantomData;
use std::sync::Once;
use std::time::{Duration, Instant, SystemTime};

use jwt_redis::{Error, RedisSessions};
use jwt_session::{BoxError, NewSession, Sessions, StartRequest, Subject, TokenRef};
use jwt_test_servers::Redis;
use redis::{ConnectionLike as _, FromRedisValue};
use tracing_subscriber::filter::LevelFilter;

pub(crate) const ISSUER: &str = "https://issuer.example";
pub(crate) const ALICE: Subject<'_> = Subject::new(ISSUER, "alice");
pub(crate) const GRACE: Duration = Duration::from_secs(10);
pub(crate) const IDLE: Duration = Duration::from_secs(100);
/// How long a test waits for something. Only a test that hangs waits this long.
const PATIENCE: Duration = Duration::from_secs(30);

/// Long enough for a busy machine.
pub(crate) async fn open(server: &Redis) -> RedisSessions {
    RedisSessions::builder().time_limit(Duration::from_secs(20)).connect(&server.url()).await.unwrap()
}

/// A session of one hour.
pub(crate) async fn start(store: &impl Sessions, subject: Subject<'_>, id: &str, now: SystemTime) {
    try_start(store, subject, id, now).await.unwrap();
}

/// Starts the session. Its first refresh token is `{id}-0`.
pub(crate) async fn try_start(
    store: &impl Sessions,
    subject: Subject<'_>,
    id: &str,
    now: SystemTime,
) -> Result<(), BoxError> {
    let current = format!("{id}-0");
    let session = NewSession::new(subject, id, &current, now + Duration::from_secs(3600));
    store.start(StartRequest::new(session, now)).await?;
    Ok(())
}

/// Returns an access token of a session.
pub(crate) fn access<'a>(session: &'a str, now: SystemTime) -> TokenRef<'a> {
    TokenRef::access(ALICE, session, "access").issued_at(now)
}

pub(crate) async fn eventually(what: &str, is_so: impl AsyncFn() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so().await {
        assert!(Instant::now() < end, "{what}: not within {PATIENCE:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

/// Runs a command, given as words separated by spaces, on a separate connection.
pub(crate) fn ask<T: FromRedisValue>(url: &str, command: &str) -> T {
    let mut connection = redis::Client::open(url).unwrap().get_connection().unwrap();
    let mut words = command.split(' ');
    let mut command = redis::cmd(words.next().unwrap());
    for word in words {
        command.arg(word);
    }
    redis::from_redis_value(connection.req_command(&command).unwrap()).unwrap()
}

/// Returns how often scripts have run since `CONFIG RESETSTAT`.
pub(crate) fn scripts_run(url: &str) -> u64 {
    let stats: String = ask(url, "INFO commandstats");
    let calls = |line: &str| {
        let rest = line.strip_prefix("cmdstat_evalsha:calls=").or(line.strip_prefix("cmdstat_eval:calls="))?;
        rest.split(',').next()?.parse::<u64>().ok()
    };
    stats.lines().filter_map(calls).sum()
}

pub(crate) fn error(error: &BoxError) -> &Error {
    error.downcast_ref().unwrap()
}

thread_local! {
    static LOGGED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

/// Captures the log of this thread from now on.
pub(crate) struct Log {
    _of_this_thread: PhantomData<*const ()>,
}

impl Log {
    pub(crate) fn of_this_thread() -> Self {
        static ONCE: Once = Once::new();
        // Global, because a subscriber of one thread can miss lines that another thread was the first to log.
        ONCE.call_once(|| {
            let lines = tracing_subscriber::fmt().with_max_level(LevelFilter::TRACE).with_ansi(false);
            tracing::subscriber::set_global_default(lines.with_writer(|| Thread).finish()).unwrap();
        });
        LOGGED.take();
        Self { _of_this_thread: PhantomData }
    }

    pub(crate) fn text(&self) -> String {
        LOGGED.with_borrow(|logged| String::from_utf8_lossy(logged).into_owned())
    }

    /// Returns how many lines contain the text.
    pub(crate) fn count(&self, part: &str) -> usize {
        self.text().lines().filter(|line| line.contains(part)).count()
    }
}

struct Thread;

impl io::Write for Thread {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        LOGGED.with_borrow_mut(|logged| logged.extend_from_slice(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
