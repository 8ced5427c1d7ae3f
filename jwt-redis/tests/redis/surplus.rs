//! Subjects with many more sessions than the limit, because the limit is new.

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use jwt_redis::{Error, RedisSessions};
use jwt_session::{
    BoxError, EndRequest, LimitReached, ListRequest, NewSession, Selector, SessionLimit, Sessions,
    StartRequest, Started,
};
use jwt_test_servers::Redis;
use tokio::task::JoinSet;

use crate::proxy::Proxy;
use crate::shared::{ALICE, ISSUER, ask, error, open, scripts_run};

/// The number of sessions that one start ends at most, and that one script ends.
const MOST: usize = 10_000;
const STEP: usize = 250;
const LIMIT: SessionLimit = SessionLimit::evict(100);

/// Adds the sessions `1` to `{count}` of Alice, each of which started a millisecond after the previous one. They expire
/// after `life` seconds.
async fn add(store: &RedisSessions, count: usize, life: u64, now: SystemTime) {
    let mut tasks = JoinSet::new();
    for task in 1..=64 {
        let store = store.clone();
        tasks.spawn(async move {
            for number in (task..=count).step_by(64) {
                let (id, expires_at) = (number.to_string(), now + Duration::from_secs(life));
                let started_at = now + Duration::from_millis(u64::try_from(number).unwrap());
                let session = NewSession::new(ALICE, &id, "first", expires_at);
                store.start(StartRequest::new(session, started_at)).await.unwrap();
            }
        });
    }
    tasks.join_all().await;
}

async fn start(
    store: &RedisSessions,
    id: &str,
    limit: SessionLimit,
    now: SystemTime,
) -> Result<Started, BoxError> {
    let session = NewSession::new(ALICE, id, "first", now + Duration::from_secs(3600));
    store.start(StartRequest::new(session, now).limit(Some(limit))).await
}

async fn live(store: &RedisSessions, now: SystemTime) -> BTreeSet<String> {
    let (mut live, mut after) = (BTreeSet::new(), None);
    loop {
        let request = ListRequest::new(ALICE, now).limit(1000).after(after.as_ref());
        let page = store.list(request).await.unwrap();
        live.extend(page.sessions.into_iter().map(|session| session.id));
        after = page.next;
        if after.is_none() {
            return live;
        }
    }
}

fn after(now: SystemTime, seconds: u64) -> SystemTime {
    now + Duration::from_secs(seconds)
}

#[tokio::test]
async fn a_start_ends_a_bounded_part_and_reports_it() {
    let (server, count) = (Redis::start(), MOST + 1200);
    let (store, begun) = (open(&server).await, SystemTime::now());
    add(&store, count, 3600, begun).await;
    let now = after(begun, 100);
    ask::<()>(&server.url(), "CONFIG RESETSTAT");
    let mut evicted: BTreeSet<_> =
        start(&store, "new", LIMIT, now).await.unwrap().evicted.into_iter().collect();
    let steps = u64::try_from(MOST / STEP).unwrap();
    // The first one may have been unknown to the server.
    assert!((steps..=steps + 1).contains(&scripts_run(&server.url())));
    assert!((MOST..=MOST + MOST / STEP).contains(&evicted.len()), "{}", evicted.len());
    let left = live(&store, now).await;
    assert_eq!(left.len(), count + 1 - evicted.len());
    assert!(left.contains("new") && left.is_disjoint(&evicted));
    // The next start ends the rest.
    let now = after(begun, 101);
    evicted.extend(start(&store, "newer", LIMIT, now).await.unwrap().evicted);
    let ended: BTreeSet<_> = (1..=count - 98).map(|number| number.to_string()).collect();
    assert_eq!(evicted, ended);
    assert_eq!(live(&store, now).await.len(), 100);
    let next = start(&store, "newest", LIMIT, after(begun, 102)).await.unwrap();
    assert_eq!(next.evicted, [(count - 97).to_string()]);
}

#[tokio::test]
async fn what_ended_before_the_time_limit_is_reported() {
    let server = Redis::start();
    let (patient, begun) = (open(&server).await, SystemTime::now());
    let proxy = Proxy::before(server.url().rsplit(':').next().unwrap().parse().unwrap()).await;
    let limit = Duration::from_secs(3);
    let store = RedisSessions::builder().time_limit(limit).connect(&proxy.url()).await.unwrap();
    add(&patient, 8000, 3600, begun).await;
    let now = after(begun, 100);
    let before = live(&patient, now).await.len();
    proxy.delay(500);
    let evicted = start(&store, "new", LIMIT, now).await.unwrap().evicted.len();
    let ended = before + 1 - live(&patient, now).await.len();
    // The reply of the last step is lost.
    assert!(evicted >= STEP && (evicted..=evicted + STEP + 1).contains(&ended), "{evicted} {ended}");
    assert!(ended < before - 100, "{ended}");
}

#[tokio::test]
async fn expired_sessions_end_first_and_are_not_reported() {
    let server = Redis::start();
    let (store, begun) = (open(&server).await, SystemTime::now());
    for id in ["one", "two"] {
        start(&store, id, LIMIT, begun).await.unwrap();
    }
    // The expired ones were used later than the live ones.
    add(&store, 1000, 50, begun).await;
    let now = after(begun, 60);
    assert_eq!(start(&store, "new", LIMIT, now).await.unwrap().evicted, [""; 0]);
    assert_eq!(live(&store, now).await, ["new", "one", "two"].map(String::from).into());
}

#[tokio::test]
async fn a_limit_that_rejects_ends_expired_sessions_in_steps() {
    let server = Redis::start();
    let (store, begun) = (open(&server).await, SystemTime::now());
    add(&store, MOST + 1200, 50, begun).await;
    let limit = SessionLimit::reject(2);
    let reached = start(&store, "early", limit, after(begun, 40)).await.unwrap_err();
    assert!(LimitReached::caused(&*reached));
    let now = after(begun, 60);
    let left = start(&store, "one", limit, now).await.unwrap_err();
    assert!(matches!(error(&left), Error::TimeLimit), "{left:?}");
    for id in ["one", "two"] {
        assert!(start(&store, id, limit, now).await.unwrap().evicted.is_empty());
    }
    assert!(LimitReached::caused(&*start(&store, "three", limit, now).await.unwrap_err()));
    assert_eq!(live(&store, now).await, ["one", "two"].map(String::from).into());
}

#[tokio::test]
async fn a_cutoff_for_everyone_passes_over_lost_sessions_in_steps() {
    const LOST: usize = 10_000;
    let server = Redis::start();
    let (store, now) = (open(&server).await, SystemTime::now());
    add(&store, LOST, 3600, now).await;
    ask::<()>(&server.url(), "DEL {jwt:0}:meta");
    assert!(live(&store, after(now, 10)).await.is_empty());
    ask::<()>(&server.url(), "CONFIG RESETSTAT");
    let everyone = Selector::IssuedBefore { issuer: ISSUER, subject: None, moment: after(now, 100) };
    assert_eq!(store.end(EndRequest::new(everyone, after(now, 100))).await.unwrap().live, 0);
    // HSCAN returns more or fewer than its COUNT.
    let scripts = scripts_run(&server.url());
    assert!(scripts >= u64::try_from(LOST / STEP / 2).unwrap(), "{scripts}");
}
