//! `is_revoked` and `revoke`.

use jwt_session::{Revocation, RevokeRequest, TokenRef};
use jwt_sqlx::Error;

use super::{ALICE, BOB, ELSEWHERE, at, at_ms, is_revoked, own};
use crate::Database;

#[tokio::test]
async fn tokens_are_revoked_by_issuer_and_id() {
    let database = Database::new();
    let store = database.open().await;
    let token = TokenRef::new(ALICE, "t");
    assert!(!is_revoked(&store, token).await);
    store.revoke(RevokeRequest::new(token, Some(at(10)), at(0))).await.unwrap();
    assert!(is_revoked(&store, token).await);
    assert!(is_revoked(&store, TokenRef::new(BOB, "t")).await, "the id is the issuer's, not the subject's");
    assert!(!is_revoked(&store, TokenRef::new(ELSEWHERE, "t")).await);
    assert!(!is_revoked(&store, TokenRef::new(ALICE, "u")).await);
}

#[tokio::test]
async fn a_token_without_id_cannot_be_revoked() {
    let database = Database::new();
    let store = database.open().await;
    let mut token = TokenRef::new(ALICE, "t");
    token.id = None;
    let error = store.revoke(RevokeRequest::new(token, None, at(0))).await.unwrap_err();
    assert!(matches!(own(&error), Error::NoTokenId));
    assert!(!is_revoked(&store, token).await);
}

#[tokio::test]
async fn the_later_until_stays_and_for_ever_is_the_latest() {
    let (early, late, ever) = (Some(at(10)), Some(at(20)), None);
    for (first, second, purged) in [
        (early, late, at(20)),
        (late, early, at(20)),
        (early, early, at(10)),
        (early, ever, at(u32::MAX.into())),
        (ever, early, at(u32::MAX.into())),
        (ever, ever, at(u32::MAX.into())),
    ] {
        let database = Database::new();
        let store = database.open().await;
        let token = TokenRef::new(ALICE, "t");
        store.revoke(RevokeRequest::new(token, first, at(0))).await.unwrap();
        store.revoke(RevokeRequest::new(token, second, at(0))).await.unwrap();
        store.purge(purged - std::time::Duration::from_millis(1)).await.unwrap();
        assert!(is_revoked(&store, token).await);
        store.purge(purged).await.unwrap();
        assert_eq!(is_revoked(&store, token).await, first.is_none() || second.is_none());
    }
}

#[tokio::test]
async fn part_of_a_millisecond_is_revoked_to_its_end() {
    let database = Database::new();
    let store = database.open().await;
    let token = TokenRef::new(ALICE, "t");
    store
        .revoke(RevokeRequest::new(token, Some(at_ms(5) + std::time::Duration::from_micros(300)), at(0)))
        .await
        .unwrap();
    assert_eq!(store.purge(at_ms(5)).await.unwrap(), 0);
    assert!(is_revoked(&store, token).await);
    assert_eq!(store.purge(at_ms(6)).await.unwrap(), 1);
}
