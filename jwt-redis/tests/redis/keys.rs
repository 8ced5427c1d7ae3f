//! The keys in Redis, and their lifetimes.

use std::time::{Duration, SystemTime};

use jwt_session::{
    EndRequest, IsRevokedRequest, ListRequest, NewSession, Revocation, RevokeRequest, RotateRequest,
    Rotation, Selector, SessionLimit, Sessions, StartRequest, Subject, TokenRef,
};
use jwt_test_servers::Redis;

use crate::shared::{ALICE, GRACE, IDLE, ISSUER, ask, open, start};

const HOUR: Duration = Duration::from_secs(3600);

#[tokio::test]
async fn only_what_protects_stays_for_ever() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    for name in ["one", "other"] {
        let subject = Subject::new(ISSUER, name);
        start(&store, subject, "session", now).await;
        start(&store, subject, "ended", now).await;
        store.end(EndRequest::new(Selector::One { subject, session: "ended" }, now)).await.unwrap();
        store.revoke(RevokeRequest::new(TokenRef::new(subject, name), Some(now + HOUR), now)).await.unwrap();
    }
    let moment = Selector::IssuedBefore { issuer: ISSUER, subject: Some("one"), moment: now };
    store.end(EndRequest::new(moment, now)).await.unwrap();
    let mut keys: Vec<String> = ask(&server.url(), "KEYS *");
    let ttl = |key: &str| ask::<i64>(&server.url(), &format!("TTL {key}"));
    keys.retain(|key| {
        let seconds = ttl(key);
        // One hour for the session, and one for clocks that differ.
        assert!(seconds == -1 || (7100..=7200).contains(&seconds), "{key} {seconds}");
        seconds == -1
    });
    keys.sort();
    assert_eq!(keys, ["cutoffs", "dead", "log", "meta"].map(|key| format!("{{jwt:0}}:{key}")));
    assert_eq!(ask::<Vec<String>>(&server.url(), "KEYS *:subject*").len(), 3);
}

#[tokio::test]
async fn a_longer_session_makes_its_key_stay() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    for (id, hours) in [("short", 1), ("long", 10), ("shorter", 1)] {
        store
            .start(StartRequest::new(NewSession::new(ALICE, id, "first", now + HOUR * hours), now))
            .await
            .unwrap();
    }
    let keys: Vec<String> = ask(&server.url(), "KEYS *:subject*");
    assert_eq!(keys.len(), 2);
    for key in keys {
        assert!(ask::<u64>(&server.url(), &format!("TTL {key}")) > 10 * 3600);
    }
}

#[tokio::test]
async fn what_has_expired_makes_room() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    let long_ago = now - HOUR * 24;
    let entries = || ask::<u64>(&server.url(), "ZCARD {jwt:0}:dead");
    store.revoke(RevokeRequest::new(TokenRef::new(ALICE, "for ever"), None, long_ago)).await.unwrap();
    for number in 0..100 {
        let id = format!("token-{number}");
        store
            .revoke(RevokeRequest::new(TokenRef::new(ALICE, &id), Some(long_ago + HOUR), long_ago))
            .await
            .unwrap();
    }
    // This includes the keys that exist from the beginning.
    assert_eq!(entries(), 102);
    for number in 0..10 {
        store
            .revoke(RevokeRequest::new(TokenRef::new(ALICE, &format!("new-{number}")), Some(now + HOUR), now))
            .await
            .unwrap();
    }
    assert_eq!(entries(), 12);
    assert!(store.is_revoked(IsRevokedRequest::new(TokenRef::new(ALICE, "for ever"), now)).await.unwrap());
}

#[tokio::test]
async fn a_subject_does_not_keep_sessions_that_are_over() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    for number in 0..300_u32 {
        // A new one every half hour, for an hour each.
        start(&store, ALICE, &number.to_string(), now - HOUR * 150 + HOUR / 2 * number).await;
    }
    let keys: Vec<String> = ask(&server.url(), "KEYS *:subject:*");
    let kept: u64 = ask(&server.url(), &format!("HLEN {}", keys[0]));
    assert!(kept < 30, "{kept}");
    assert_eq!(store.list(ListRequest::new(ALICE, now)).await.unwrap().sessions.len(), 1);
}

#[tokio::test]
async fn the_index_forgets_subjects() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    start(&store, ALICE, "session", now).await;
    let index = ask::<Vec<String>>(&server.url(), "KEYS *:subjects:*").remove(0);
    for number in 0..5 {
        assert!(ask::<bool>(&server.url(), &format!("ZADD {index} 1000 old-{number}")));
    }
    start(&store, Subject::new(ISSUER, "bob"), "session", now).await;
    assert_eq!(ask::<u64>(&server.url(), &format!("ZCARD {index}")), 2);
}

/// The first version of this crate stored ten fields of a session, without the two for uses within the grace period.
const AS_BEFORE: &str = "
for _, key in ipairs(redis.call('KEYS', '*:subject:*')) do
    local rows = redis.call('HGETALL', key)
    for at = 1, #rows, 2 do
        local row = cmsgpack.unpack(rows[at + 1])
        assert(#row == 12)
        redis.call('HSET', key, rows[at], cmsgpack.pack({ unpack(row, 1, 10) }))
    end
end";

#[tokio::test]
async fn sessions_of_the_first_version_go_on() {
    let server = Redis::start();
    let store = open(&server).await;
    let now = SystemTime::now();
    for id in ["new", "exchanged", "graced"] {
        start(&store, ALICE, id, now).await;
    }
    let rotate = async |id: &str, from: u32, to: u32, after: u64| {
        let (presented, next) = (format!("{id}-{from}"), format!("{id}-{to}"));
        let request = RotateRequest::new(
            TokenRef::refresh(ALICE, id, &presented),
            &next,
            now + Duration::from_secs(after),
        );
        store.rotate(request.grace(GRACE).idle(IDLE)).await.unwrap()
    };
    for id in ["exchanged", "graced"] {
        assert!(matches!(rotate(id, 0, 1, 1).await, Rotation::Rotated(_)));
    }
    let mut connection = redis::Client::open(server.url()).unwrap().get_connection().unwrap();
    redis::cmd("EVAL").arg(AS_BEFORE).arg(0).exec(&mut connection).unwrap();

    let listed = store.list(ListRequest::new(ALICE, now + Duration::from_secs(2))).await.unwrap().sessions;
    assert_eq!(listed.len(), 3);
    for session in listed {
        let exchanged = session.rotated_at > session.started_at;
        assert_eq!(exchanged, session.id != "new", "{}", session.id);
    }
    match rotate("graced", 0, 2, 3).await {
        Rotation::Grace(graced) => assert_eq!((&*graced.current, graced.in_a_row), ("graced-1", 1)),
        other => panic!("{other:?}"),
    }
    assert!(matches!(rotate("exchanged", 1, 2, 3).await, Rotation::Rotated(_)));
    assert!(matches!(rotate("new", 0, 1, 3).await, Rotation::Rotated(_)));
    let session = NewSession::new(ALICE, "one more", "first", now + HOUR);
    let limit = Some(SessionLimit::evict(3));
    let started = store.start(StartRequest::new(session, now + Duration::from_secs(4)).limit(limit)).await;
    assert_eq!(started.unwrap().evicted, ["graced"]);
}
