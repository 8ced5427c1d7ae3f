//! Every store, for attacks that do not depend on a framework.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use jwt_core::session::{EndedBy, MemorySessions, Selector, SessionEvents, Subject};
use jwt_core::{Config, JwtManager, JwtManagerBuilder, Token};
use jwt_redis::{RedisSessions, Replicated};
use jwt_sqlx::{PostgresSessions, SqliteSessions};
use jwt_test::FakeClock;
use jwt_test_servers::{Postgres, Redis};
use jwt_tests::Folder;
use tokio::runtime::Runtime;

use crate::site::clock;
use crate::support::SECRET;

/// How long a call may take. Only one that hangs takes this long, also on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

/// A store, and how to use it in a manager.
pub(crate) struct AnyStore {
    pub(crate) name: &'static str,
    attach: Box<dyn Fn(JwtManagerBuilder) -> JwtManagerBuilder>,
}

impl AnyStore {
    /// Returns a manager at this store, with a clock that the test sets and the events that it reported.
    pub(crate) fn manager(&self, config: Config) -> (JwtManager, FakeClock, Events) {
        let (clock, events) = (clock(), Events::default());
        let builder = JwtManager::builder(config).secret(SECRET).clock(clock.reader());
        let builder = (self.attach)(builder.session_events(events.clone()));
        (builder.build().unwrap(), clock, events)
    }
}

/// Runs the attack on every store, each of them new.
pub(crate) fn on_every_store(attack: impl Fn(&AnyStore, &Runtime)) {
    let runtime = Runtime::new().unwrap();
    let run = |name, attach: Box<dyn Fn(JwtManagerBuilder) -> JwtManagerBuilder>| {
        attack(&AnyStore { name, attach }, &runtime);
    };
    let store = MemorySessions::new();
    run("memory", Box::new(move |builder| builder.session_store(store.clone())));

    let folder = Folder::make();
    let store = SqliteSessions::builder().time_limit(PATIENCE).open(folder.file("sessions.db"));
    let store = runtime.block_on(store).unwrap();
    run("SQLite", Box::new(move |builder| builder.session_store(store.clone())));

    let server = Postgres::start();
    let store = PostgresSessions::builder().time_limit(PATIENCE);
    let store = runtime.block_on(async { store.connect(&server.url()).await }).unwrap();
    run("PostgreSQL", Box::new(move |builder| builder.session_store(store.clone())));

    let server = Redis::start();
    let open = async |server: &Redis| {
        RedisSessions::builder().time_limit(PATIENCE).connect(&server.url()).await.unwrap()
    };
    let store = runtime.block_on(open(&server));
    run("Redis", Box::new(move |builder| builder.session_store(store.clone())));

    let server = Redis::start();
    let store = runtime.block_on(async { Replicated::copy(open(&server).await).await.unwrap() });
    run("Replicated", Box::new(move |builder| builder.session_store(store.clone())));
}

impl Drop for AnyStore {
    /// Says on which store an attack worked.
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("on {}", self.name);
        }
    }
}

/// The events, in order.
#[derive(Clone, Default)]
pub(crate) struct Events(Arc<Mutex<Vec<String>>>);

impl Events {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.0.lock().unwrap())
    }

    fn add(&self, event: impl Into<String>) {
        self.0.lock().unwrap().push(event.into());
    }
}

impl SessionEvents for Events {
    fn reuse_detected(&self, _: &Token) {
        self.add("reuse");
    }

    fn session_ended(&self, _: &Selector<'_>, ended: u64, _: EndedBy) {
        self.add(format!("ended {ended}"));
    }

    fn session_evicted(&self, _: Subject<'_>, session: &str) {
        self.add(format!("evicted {session}"));
    }

    fn used_within_grace(&self, _: &Token, in_a_row: u32) {
        self.add(format!("grace {in_a_row}"));
    }

    fn access_token_renewed(&self, _: &Token) {
        self.add("renewed");
    }
}
