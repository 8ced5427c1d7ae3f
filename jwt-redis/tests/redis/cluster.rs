//! A cluster that has lost a node.

use std::time::{Duration, SystemTime};

use jwt_redis::{RedisSessions, Replicated};
use jwt_session::{
    IsRevokedRequest, ListRequest, Revocation, RevokeRequest, SessionState, Sessions, StateRequest, Subject,
    TokenRef,
};
use jwt_test_servers::RedisCluster;

use crate::shared::{GRACE, ISSUER, eventually, start};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_on_another_node_goes_on() {
    let mut cluster = RedisCluster::start();
    let urls = cluster.urls();
    let builder = RedisSessions::builder().time_limit(Duration::from_secs(1));
    let store = builder.cluster(urls.iter().map(String::as_str)).await.unwrap();
    let now = SystemTime::now();
    let names: Vec<String> = (0..48).map(|number| format!("subject-{number}")).collect();
    let subjects: Vec<Subject<'_>> = names.iter().map(|name| Subject::new(ISSUER, name)).collect();
    for &subject in &subjects {
        start(&store, subject, "session", now).await;
        store.revoke(RevokeRequest::new(TokenRef::new(subject, subject.name), None, now)).await.unwrap();
    }
    let builder = Replicated::builder().bound(Duration::from_secs(2)).interval(Duration::from_millis(20));
    let copy = builder.copy(store.clone()).await.unwrap();
    let copied = async |subject| {
        copy.state(StateRequest::new(TokenRef::access(subject, "session", "id"), now).grace(GRACE)).await
    };
    let state = async |subject| {
        store.state(StateRequest::new(TokenRef::access(subject, "session", "id"), now).grace(GRACE)).await
    };
    cluster.kill(1);
    let (mut served, mut failed) = (Vec::new(), Vec::new());
    for &subject in &subjects {
        match state(subject).await {
            Ok(known) => {
                assert_eq!(known, SessionState::Active);
                served.push(subject);
            }
            Err(_) => failed.push(subject),
        }
        if failed.len() > 4 && served.len() > 8 {
            break;
        }
    }
    assert!(!served.is_empty() && !failed.is_empty(), "{} {}", served.len(), failed.len());
    for &subject in &served {
        // This includes requests that its node has not received before.
        assert_eq!(store.list(ListRequest::new(subject, now)).await.unwrap().sessions.len(), 1);
    }
    // A copy is behind only for the subjects on the missing node.
    eventually("the bound", async || copied(failed[0]).await.is_err()).await;
    for &subject in &served {
        assert_eq!(copied(subject).await.unwrap(), SessionState::Active);
    }
    let token = TokenRef::new(served[0], "through the copy");
    copy.revoke(RevokeRequest::new(token, None, now)).await.unwrap();
    assert!(copy.is_revoked(IsRevokedRequest::new(token, now)).await.unwrap());
    copy.revoke(RevokeRequest::new(TokenRef::new(failed[0], "through the copy"), None, now))
        .await
        .unwrap_err();
    cluster.restart(1);
    eventually("the copy is complete", async || copied(failed[0]).await.is_ok()).await;
    eventually("the master is back", async || state(failed[0]).await.is_ok()).await;
    let issued = now - Duration::from_secs(10);
    for &subject in &failed {
        assert_eq!(state(subject).await.unwrap(), SessionState::Unknown);
        let revoked = TokenRef::new(subject, subject.name).issued_at(issued);
        assert!(store.is_revoked(IsRevokedRequest::new(revoked, now)).await.unwrap());
    }
    for &subject in &served {
        assert_eq!(state(subject).await.unwrap(), SessionState::Active);
        // Nothing was lost there.
        let other = TokenRef::new(subject, "other").issued_at(issued);
        assert!(!store.is_revoked(IsRevokedRequest::new(other, now)).await.unwrap());
    }
}
