//! Very distant times.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jwt_session::{
    EndRequest, IsRevokedRequest, NewSession, Revocation, RevokeRequest, RotateRequest, Rotation, Selector,
    SessionState, Sessions, StartRequest, StateRequest, TokenRef, TouchRequest,
};
use jwt_test_servers::Redis;

use crate::shared::{ALICE, open};

#[tokio::test]
async fn no_time_is_too_far() {
    let store = open(Redis::shared()).await;
    let year = Duration::from_secs(31_557_600);
    let moments = [
        UNIX_EPOCH,
        UNIX_EPOCH - year * 1000,
        UNIX_EPOCH - year * 400_000,
        UNIX_EPOCH + year * 1000,
        UNIX_EPOCH + year * 280_000,
        SystemTime::now(),
    ];
    let durations = [Duration::ZERO, Duration::from_millis(1), year * 500_000, Duration::MAX];
    for (number, now) in moments.into_iter().enumerate() {
        for (other, duration) in durations.into_iter().enumerate() {
            let id = format!("far-{number}-{other}");
            let first = format!("{id}-0");
            let end = now + Duration::from_secs(3600);
            store.start(StartRequest::new(NewSession::new(ALICE, &id, &first, end), now)).await.unwrap();
            let token = TokenRef::refresh(ALICE, &id, &first).issued_at(now);
            let rotation = store
                .rotate(RotateRequest::new(token, "next", now).grace(duration).idle(duration))
                .await
                .unwrap();
            let over = now - Duration::from_secs(3600) < end && number == 2;
            let expected =
                matches!(rotation, Rotation::Rotated(_)) || (over && rotation == Rotation::Expired);
            assert!(expected, "{number} {other} {rotation:?}");
            if over {
                continue;
            }
            let known = store.state(StateRequest::new(token, now).grace(duration)).await.unwrap();
            let in_grace = duration > Duration::ZERO;
            assert_eq!(known == SessionState::Active, in_grace, "{number} {other} {known:?}");
            assert_eq!(
                store
                    .touch(TouchRequest::new(TokenRef::access(ALICE, &id, &first), now).idle(duration))
                    .await
                    .unwrap(),
                SessionState::Active
            );
            store.revoke(RevokeRequest::new(token, Some(end), now)).await.unwrap();
            assert!(store.is_revoked(IsRevokedRequest::new(token, now)).await.unwrap());
            store.end(EndRequest::new(Selector::One { subject: ALICE, session: &id }, now)).await.unwrap();
        }
    }
}
