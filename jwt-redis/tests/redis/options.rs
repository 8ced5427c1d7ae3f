//! Options: their effects, and invalid values.

use std::time::SystemTime;

use jwt_redis::{Error, RedisSessions};
use jwt_session::{
    IsRevokedRequest, Revocation, RevokeRequest, SessionState, Sessions, StateRequest, StatesRequest,
    Subject, TokenRef,
};
use jwt_test_servers::Redis;

use crate::shared::{ALICE, GRACE, ISSUER, access, ask, scripts_run, start};

#[tokio::test]
async fn stores_of_other_prefixes_know_nothing_of_each_other() {
    let server = Redis::start();
    let now = SystemTime::now();
    let one = RedisSessions::builder().key_prefix("one").connect(&server.url()).await.unwrap();
    let other = RedisSessions::builder().key_prefix("one:0").connect(&server.url()).await.unwrap();
    start(&one, ALICE, "session", now).await;
    one.revoke(RevokeRequest::new(TokenRef::new(ALICE, "token"), None, now)).await.unwrap();
    assert_eq!(
        other.state(StateRequest::new(access("session", now), now).grace(GRACE)).await.unwrap(),
        SessionState::Unknown
    );
    assert!(!other.is_revoked(IsRevokedRequest::new(TokenRef::new(ALICE, "token"), now)).await.unwrap());
    let keys: Vec<String> = ask(&server.url(), "KEYS *");
    assert!(keys.iter().all(|key| key.starts_with("{one:0}:") || key.starts_with("{one:0:0}:")), "{keys:?}");
}

#[tokio::test]
async fn bad_prefixes_are_refused() {
    let url = Redis::shared().url();
    for prefix in ["", "a b", "{a}", "a*", "ä", "a\n", &"a".repeat(65)] {
        let refused = RedisSessions::builder().key_prefix(prefix).connect(&url).await.unwrap_err();
        assert!(matches!(refused, Error::KeyPrefix), "{prefix}");
    }
    for prefix in ["a", "A-_.:9", &"a".repeat(64)] {
        RedisSessions::builder().key_prefix(prefix).connect(&url).await.unwrap();
    }
}

#[tokio::test]
async fn the_number_of_parts_stays() {
    let url = Redis::shared().url();
    for (prefix, first, second) in [("few", 1, 16), ("many", 16, 1), ("most", 256, 255)] {
        let builder = RedisSessions::builder().key_prefix(prefix);
        builder.clone().buckets(first).connect(&url).await.unwrap();
        let refused = builder.clone().buckets(second).connect(&url).await.unwrap_err();
        assert!(
            matches!(refused, Error::Buckets { found, set } if found == u64::from(first) && set == second)
        );
        builder.buckets(first).connect(&url).await.unwrap();
    }
    for buckets in [0, 257] {
        let refused = RedisSessions::builder().buckets(buckets).connect(&url).await.unwrap_err();
        assert!(matches!(refused, Error::BucketCount));
    }
}

#[tokio::test]
async fn a_batch_is_a_script_for_each_bucket() {
    let now = SystemTime::now();
    let names: Vec<_> = (0..100).map(|number| number.to_string()).collect();
    let tokens: Vec<_> =
        names.iter().map(|name| TokenRef::access(Subject::new(ISSUER, name), "session", "id")).collect();
    for buckets in [1, 4] {
        let server = Redis::start();
        let store = RedisSessions::builder().buckets(buckets).connect(&server.url()).await.unwrap();
        let request = StatesRequest::new(&tokens, now);
        // Makes the server cache the script.
        store.states(request).await.unwrap();
        ask::<()>(&server.url(), "CONFIG RESETSTAT");
        assert_eq!(store.states(request).await.unwrap(), [SessionState::Unknown; 100]);
        assert_eq!(scripts_run(&server.url()), u64::from(buckets));
    }
}

#[tokio::test]
async fn the_log_is_as_long_as_it_is_set() {
    let server = Redis::start();
    let store = RedisSessions::builder().log_length(100).connect(&server.url()).await.unwrap();
    let now = SystemTime::now();
    for number in 0..1000 {
        store.revoke(RevokeRequest::new(TokenRef::new(ALICE, &number.to_string()), None, now)).await.unwrap();
    }
    let length: u64 = ask(&server.url(), "XLEN {jwt:0}:log");
    // Redis trims the log a hundred entries at a time.
    assert!((100..=300).contains(&length), "{length}");
}
