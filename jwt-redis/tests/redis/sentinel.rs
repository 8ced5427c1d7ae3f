//! A failover to another master.

use std::time::{Duration, SystemTime};

use jwt_redis::RedisSessions;
use jwt_session::{
    EndRequest, IsRevokedRequest, Revocation, RevokeRequest, Selector, SessionState, Sessions, StateRequest,
    TokenRef, TouchRequest,
};
use jwt_test_servers::RedisSentinel;

use crate::shared::{ALICE, GRACE, Log, access, ask, eventually, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_go_to_the_new_master() {
    let mut servers = RedisSentinel::start();
    // After the failover, there is no second replica that could receive changes.
    let builder = RedisSessions::builder().time_limit(Duration::from_secs(1)).insecure_unreplicated_writes();
    let store = builder.sentinel([servers.url().as_str()], RedisSentinel::NAME).await.unwrap();
    let now = SystemTime::now();
    let revoked = TokenRef::new(ALICE, "revoked").issued_at(now);
    start(&store, ALICE, "ended", now).await;
    store.end(EndRequest::new(Selector::AllOf(ALICE), now)).await.unwrap();
    start(&store, ALICE, "alive", now).await;
    store.revoke(RevokeRequest::new(revoked, None, now)).await.unwrap();
    // Waits until the replica has everything, because the master itself does not wait.
    let offset = |field: &str| -> Option<u64> {
        let info: String = ask(&servers.master_url(), "INFO replication");
        let at = info.split(field).nth(1)?;
        at.split(|byte: char| !byte.is_ascii_digit()).next()?.parse().ok()
    };
    eventually("replication", async || {
        let sent = offset("master_repl_offset:");
        sent.is_some() && offset(",offset=") >= sent
    })
    .await;
    let log = Log::of_this_thread();
    servers.kill_master();
    store.state(StateRequest::new(access("alive", now), now).grace(GRACE)).await.unwrap_err();
    eventually("a new master", async || {
        store.touch(TouchRequest::new(access("alive", now), now).idle(GRACE)).await.is_ok()
    })
    .await;
    assert_eq!(
        store.state(StateRequest::new(access("alive", now), now).grace(GRACE)).await.unwrap(),
        SessionState::Active
    );
    assert_eq!(
        store.state(StateRequest::new(access("ended", now), now).grace(GRACE)).await.unwrap(),
        SessionState::Unknown
    );
    assert!(store.is_revoked(IsRevokedRequest::new(revoked, now)).await.unwrap());
    let other = TokenRef::new(ALICE, "other").issued_at(now);
    assert!(!store.is_revoked(IsRevokedRequest::new(other, now)).await.unwrap());
    assert_eq!(log.count("ERROR"), 0);
    start(&store, ALICE, "new", now).await;
}
