//! One account filled a store with sessions, and its lists delayed the requests of everybody else.

use std::collections::BTreeSet;
use std::time::Duration;

use jwt_core::session::{MemorySessions, SessionError};
use jwt_core::{Config, ErrorKind, JwtManager, Policy, TokenError};
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::Attack;
use crate::site::{Device, Setup};
use crate::stores::on_every_store;
use crate::support::SECRET;

pub(crate) const ATTACK: Attack = Attack {
    name: "S5",
    tried: "one account logs in over and over, 20,001 times without the limit, and lists its sessions 30 times at once",
    on: "axum, actix-web, warp; memory, SQLite, PostgreSQL, Redis, Replicated",
    run,
};

const SESSIONS: usize = 20_001;
const LISTS: usize = 30;

fn run() {
    a_user_has_a_hundred_sessions_at_most();
    the_limit_holds_in_a_race();
    a_rejection_is_not_an_outage();
    one_user_does_not_fill_the_memory();
    lists_of_one_user_do_not_delay_another();
}

fn a_user_has_a_hundred_sessions_at_most() {
    on_every_store(|store, runtime| {
        let (jwt, clock, events) = store.manager(Config::default());
        runtime.block_on(async {
            let mut pairs = Vec::new();
            for _ in 0..110 {
                clock.advance(Duration::from_secs(1));
                crate::count_try();
                pairs.push(jwt.log_in("mallory").await.unwrap());
            }
            assert_eq!(jwt.list_sessions("mallory").await.unwrap().len(), 100, "{}", store.name);
            let evicted: Vec<_> =
                pairs[..10].iter().map(|pair| format!("evicted {}", pair.session())).collect();
            assert_eq!(events.take(), evicted);
            for (place, pair) in pairs.iter().enumerate() {
                let access = jwt.verify(pair.access(), &Policy::access()).await;
                let refresh = jwt.rotate(&jwt.decode(pair.refresh()).unwrap()).await;
                let (access, refresh) = (access.err().map(|error| error.kind()), refresh.err());
                if place < 10 {
                    assert_eq!(access, Some(ErrorKind::RevokedToken), "{}", store.name);
                    assert!(matches!(refresh, Some(SessionError::Rejected(TokenError::Revoked(_)))));
                } else {
                    assert!(access.is_none() && refresh.is_none(), "{}", store.name);
                }
            }
        });
    });
}

fn the_limit_holds_in_a_race() {
    on_every_store(|store, runtime| {
        let (jwt, ..) = store.manager(Config::default().max_sessions_per_user(3));
        runtime.block_on(async {
            let logins: Vec<_> = (0..40)
                .map(|_| {
                    let jwt = jwt.clone();
                    crate::count_try();
                    tokio::spawn(async move { jwt.log_in("racer").await })
                })
                .collect();
            for login in logins {
                login.await.unwrap().unwrap();
            }
            assert_eq!(jwt.list_sessions("racer").await.unwrap().len(), 3, "{}", store.name);
        });
    });
}

fn a_rejection_is_not_an_outage() {
    let rejecting =
        Setup::new().config(|config| config.max_sessions_per_user(2).reject_login_at_session_limit(true));
    rejecting.on_every_site(|site| {
        let first = site.log_in();
        site.log_in();
        let refused = site.post("/login", &Device::default());
        assert_eq!(refused.status, 409, "{}", refused.text());
        assert_eq!(refused.header("retry-after"), None);
        assert_eq!(refused.header("set-cookie"), None);
        assert_eq!(site.get("/me", &first).status, 200);
    });
    let evicting = Setup::new().config(|config| config.max_sessions_per_user(2));
    evicting.on_every_site(|site| {
        let first = site.log_in();
        site.clock.advance(Duration::from_secs(1));
        let others = [site.log_in(), site.log_in()];
        assert_eq!(site.get("/me", &first).status, 401);
        assert_eq!(site.post_refresh("/refresh", &first).status, 401);
        for other in &others {
            assert_eq!(site.get("/me", other).status, 200);
        }
    });
}

fn one_user_does_not_fill_the_memory() {
    let runtime = Runtime::new().unwrap();
    let store = MemorySessions::with_limit(150);
    let jwt =
        JwtManager::builder(Config::default()).secret(SECRET).session_store(store.clone()).build().unwrap();
    runtime.block_on(async {
        for _ in 0..1_000 {
            crate::count_try();
            jwt.log_in("mallory").await.unwrap();
        }
        for user in 0..50 {
            jwt.log_in(user).await.unwrap();
        }
        assert_eq!(store.entries(), 150);
    });
}

/// The lists and the end of the surplus take several steps, so calls of others come in between.
fn lists_of_one_user_do_not_delay_another() {
    on_every_store(|store, runtime| {
        let (jwt, ..) = store.manager(Config::default().insecure_unlimited_sessions());
        let (limited, clock, events) = store.manager(Config::default());
        clock.advance(Duration::from_secs(1));
        runtime.block_on(async {
            log_in_often(&jwt).await;
            let alice = jwt.log_in("alice").await.unwrap();
            let is_accepted = async || {
                let checked = jwt.verify(alice.access(), &Policy::access()).await;
                assert!(checked.is_ok(), "{}: a check of another user: {:?}", store.name, checked.err());
            };
            let lists: Vec<_> = (0..LISTS)
                .map(|_| {
                    crate::count_try();
                    let jwt = jwt.clone();
                    tokio::spawn(async move { jwt.list_sessions_page("mallory", 1000, None).await })
                })
                .collect();
            let mut checks = 0;
            while !lists.iter().all(JoinHandle::is_finished) {
                is_accepted().await;
                checks += 1;
            }
            // If a list were one script, all of them would run before the second check.
            assert!(store.name != "Redis" || checks >= 10, "{checks} checks during the lists");
            for list in lists {
                let page = list.await.unwrap().unwrap();
                assert_eq!((page.sessions.len(), page.next.is_some()), (1000, true), "{}", store.name);
            }

            // The limit ends the surplus, some with each login.
            let mut logins = 0;
            while jwt.list_sessions_page("mallory", 101, None).await.unwrap().next.is_some() {
                assert!(logins < 4, "{}", store.name);
                logins += 1;
                crate::count_try();
                let log_in = limited.clone();
                let login = tokio::spawn(async move { log_in.log_in("mallory").await });
                while !login.is_finished() {
                    is_accepted().await;
                }
                login.await.unwrap().unwrap();
            }
            assert_eq!(limited.list_sessions("mallory").await.unwrap().len(), 100, "{}", store.name);
            let evicted: BTreeSet<_> = events.take().into_iter().collect();
            assert_eq!(evicted.len(), SESSIONS + logins - 100, "{}", store.name);
        });
    });
}

async fn log_in_often(jwt: &JwtManager) {
    let tasks: Vec<_> = (0..64)
        .map(|task| {
            let jwt = jwt.clone();
            tokio::spawn(async move {
                for _ in (task..SESSIONS).step_by(64) {
                    crate::count_try();
                    jwt.log_in("mallory").await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
}
