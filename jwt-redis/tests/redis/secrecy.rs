//! No token, id, subject, label, password, or address appears in a log, in `Debug` output, or in an error, regardless
//! of the server's reply.

use std::time::{Duration, SystemTime};

use jwt_redis::RedisSessions;
use jwt_session::{
    BoxError, EndRequest, IsRevokedRequest, ListRequest, NewSession, Revocation, RevokeRequest,
    RotateRequest, Selector, Sessions, StartRequest, StateRequest, Subject, TokenRef, TouchRequest,
};
use jwt_test_servers::{Redis, RedisCluster};
use redis::ConnectionLike as _;

use crate::shared::{GRACE, IDLE, Log, ask, open};

const SUBJECT: Subject<'_> = Subject::new("5ecret-issuer", "5ecret-subject");

async fn everything(store: &RedisSessions) -> Vec<BoxError> {
    let now = SystemTime::now();
    let session = NewSession::new(SUBJECT, "5ecret-session", "5ecret-0", now + IDLE).label("5ecret-label");
    let token = TokenRef::refresh(SUBJECT, "5ecret-session", "5ecret-0").issued_at(now);
    let cut_off = Selector::IssuedBefore { issuer: SUBJECT.issuer, subject: None, moment: now - IDLE };
    let mut errors = Vec::new();
    errors.extend(store.start(StartRequest::new(session, now)).await.err());
    errors.extend(store.start(StartRequest::new(session, now + GRACE)).await.err());
    errors.extend(store.state(StateRequest::new(token, now).grace(GRACE)).await.err());
    errors.extend(store.list(ListRequest::new(SUBJECT, now)).await.err());
    errors
        .extend(store.rotate(RotateRequest::new(token, "5ecret-1", now).grace(GRACE).idle(IDLE)).await.err());
    errors.extend(store.touch(TouchRequest::new(token, now).idle(IDLE)).await.err());
    errors.extend(store.revoke(RevokeRequest::new(token, None, now)).await.err());
    errors.extend(store.is_revoked(IsRevokedRequest::new(token, now)).await.err());
    errors.extend(store.end(EndRequest::new(cut_off, now)).await.err());
    errors
}

fn text(error: &(dyn std::error::Error + 'static)) -> String {
    let source = error.source().map(text).unwrap_or_default();
    format!("{error:?} {error} {source} ")
}

/// Checks that the text contains none of the names.
fn assert_shows_nothing(text: &str) {
    for secret in ["5ecret", "127.0.0.1", "{jwt"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[tokio::test]
async fn no_error_names_what_it_is_about() {
    let mut server = Redis::with(&["--appendonly", "no"]);
    let log = Log::of_this_thread();
    let url = server.url();
    let store = open(&server).await;
    let mut errors = everything(&store).await;
    assert_eq!(errors.len(), 1, "the same id twice");
    assert_shows_nothing(&format!("{store:?} {:?}", RedisSessions::builder()));

    let keys: Vec<String> = ask(&url, "KEYS *:subject:*");
    assert_eq!(keys.len(), 1);
    // Values that are not sessions.
    let mut connection = redis::Client::open(&*url).unwrap().get_connection().unwrap();
    for garbage in ["", "garbage", "\u{1}", "\u{ff}\u{fe}", "\u{5f}"] {
        let row = redis::cmd("HSET").arg(&keys[0]).arg("5ecret-session").arg(garbage).clone();
        connection.req_command(&row).unwrap();
        let found = everything(&store).await;
        assert!(found.len() >= 5, "{garbage:?} {found:?}");
        errors.extend(found);
    }
    ask::<()>(&url, &format!("SET {} text", keys[0]));
    let wrong = everything(&store).await;
    assert!(text(&*wrong[0]).contains("WRONGTYPE"), "{wrong:?}");
    errors.extend(wrong);

    ask::<()>(&url, &format!("DEL {}", keys[0]));
    ask::<()>(&url, "CONFIG SET maxmemory 1");
    let full = everything(&store).await;
    assert!(full.len() >= 3 && text(&*full[0]).contains("OOM"), "{full:?}");
    errors.extend(full);
    ask::<()>(&url, "CONFIG SET maxmemory 0");

    ask::<()>(&url, "CONFIG SET requirepass 5ecret-password");
    ask::<()>(&url.replace("redis://", "redis://:5ecret-password@"), "CLIENT KILL TYPE normal");
    let unknown = everything(&store).await;
    assert_eq!(unknown.len(), 9);
    errors.extend(unknown);
    for user in [":5ecret-wrong@", "5ecret-user:5ecret-wrong@"] {
        let refused = RedisSessions::connect(&url.replace("redis://", &format!("redis://{user}"))).await;
        errors.push(refused.unwrap_err().into());
    }
    server.kill();
    errors.extend(everything(&store).await);
    let cluster = RedisCluster::shared().urls();
    for (number, url) in cluster.iter().enumerate() {
        // A node of a cluster, used as a single server. Its error names the right node.
        let prefix = format!("5ecret-{number}");
        errors.extend(RedisSessions::builder().key_prefix(prefix).connect(url).await.err().map(Into::into));
    }
    for address in ["5ecret", "redis://5ecret.invalid", "http://5ecret@127.0.0.1", "redis://127.0.0.1:5ecret"]
    {
        let builder = RedisSessions::builder().time_limit(Duration::from_secs(5));
        errors.push(builder.connect(address).await.unwrap_err().into());
    }
    assert!(errors.len() > 50);
    for error in &errors {
        assert_shows_nothing(&text(&**error));
        assert_shows_nothing(&store.describe_error(&**error).unwrap());
    }
    assert_shows_nothing(&log.text());
}
