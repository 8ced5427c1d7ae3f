//! Round trips on the network, and changes whose connection fails.

use std::time::Duration;

use jwt_session::{
    EndRequest, IsRevokedRequest, ListRequest, NewSession, Revocation, RevokeRequest, RotateRequest,
    Selector, SessionLimit, Sessions, StartRequest, StateRequest, StatesRequest, TokenRef, TouchRequest,
};
use jwt_sqlx::Error;

use crate::contract::{
    ALICE, GRACE, IDLE, at, is_revoked, live, own, rotate, rotated, session_state, start, state_of,
};
use crate::proxy::Proxy;
use crate::{Database, Store};

/// A store with a single connection.
async fn open(database: &Database, proxy: &Proxy, limit: Duration) -> Store {
    let options = proxy.through(database.options().await);
    Store::builder().time_limit(limit).max_connections(1).connect_with(options).await.unwrap()
}

#[tokio::test]
async fn a_lookup_is_one_round_trip_a_change_or_a_list_three_and_a_login_five() {
    let (database, proxy) = (Database::new(), Proxy::start().await);
    let store = open(&database, &proxy, Duration::from_secs(60)).await;
    for (name, trips) in [
        ("state", 1),
        ("states", 1),
        ("is_revoked", 1),
        ("list", 3),
        ("rotate", 3),
        ("revoke", 3),
        ("end", 3),
        ("start without a limit", 3),
        ("start", 5),
        ("touch", 3),
    ] {
        let call = async |step: u64| {
            let (presented, next) = (format!("{name}-{step}"), format!("{name}-{}", step + 1));
            let token = TokenRef::refresh(ALICE, name, &presented);
            match name {
                "state" => drop(store.state(StateRequest::new(token, at(step)).grace(GRACE)).await.unwrap()),
                "is_revoked" => drop(store.is_revoked(IsRevokedRequest::new(token, at(step))).await.unwrap()),
                "list" => drop(store.list(ListRequest::new(ALICE, at(step))).await.unwrap().sessions),
                "states" => {
                    let tokens = [token, token];
                    let request = StatesRequest::new(&tokens, at(step));
                    assert_eq!(store.states(request.grace(GRACE)).await.unwrap().len(), 2);
                }
                "revoke" => {
                    store.revoke(RevokeRequest::new(token, Some(at(100)), at(step))).await.unwrap();
                }
                "end" => {
                    let one = Selector::One { subject: ALICE, session: name };
                    store.end(EndRequest::new(one, at(step))).await.unwrap();
                }
                "start" | "start without a limit" => {
                    let limit = (name == "start").then_some(SessionLimit::evict(3));
                    let session = NewSession::new(ALICE, &next, "first", at(1000));
                    store.start(StartRequest::new(session, at(step)).limit(limit)).await.unwrap();
                }
                "rotate" => {
                    assert_eq!(
                        store
                            .rotate(RotateRequest::new(token, &next, at(step)).grace(GRACE).idle(IDLE))
                            .await
                            .unwrap(),
                        rotated(at(step) + IDLE)
                    );
                }
                _ => drop(
                    store
                        .touch(TouchRequest::new(TokenRef::access(ALICE, name, "t"), at(step)).idle(IDLE))
                        .await
                        .unwrap(),
                ),
            }
        };
        start(&store, ALICE, name, 0).await;
        // The first time, the statement is prepared.
        call(0).await;
        live(&store, ALICE, at(0)).await;
        let before = proxy.count();
        for step in 1..=10 {
            call(step).await;
        }
        // Each time the pool gets its connection back, after the answer, it makes one more round trip.
        let expected = 10 * (trips + 1) + 1;
        proxy.until_counted(before + expected).await;
        assert_eq!(proxy.count(), before + expected, "{name}");
    }
}

#[tokio::test]
async fn a_connection_that_goes_silent_on_its_way_back_is_replaced() {
    let (database, proxy) = (Database::new(), Proxy::start().await);
    let store = open(&database, &proxy, Duration::from_secs(10)).await;
    start(&store, ALICE, "a", 0).await;
    live(&store, ALICE, at(0)).await;
    let token = TokenRef::access(ALICE, "a", "t");
    // The connection returns to the pool, the statement is prepared and answered, and the connection returns.
    let before = proxy.count();
    state_of(&store, token, at(0)).await;
    proxy.until_counted(before + 4).await;
    proxy.silent_after(1);
    state_of(&store, token, at(0)).await;
    proxy.until_swallowed().await;
    proxy.speak();
    state_of(&store, token, at(0)).await;
}

#[tokio::test]
async fn a_client_that_vanishes_with_a_row_locked_keeps_nobody_out() {
    let (database, proxy) = (Database::new(), Proxy::start().await);
    let limit = Duration::from_millis(500);
    let (vanishing, store) = (open(&database, &proxy, limit).await, database.open_within(limit * 20).await);
    start(&vanishing, ALICE, "a", 0).await;
    let token = TokenRef::refresh(ALICE, "a", "a-0");
    // The connection returns to the pool, two statements are prepared in a transaction, and the connection returns.
    let before = proxy.count();
    vanishing
        .rotate(
            RotateRequest::new(TokenRef::refresh(ALICE, "unknown", "t"), "x", at(1)).grace(GRACE).idle(IDLE),
        )
        .await
        .unwrap();
    proxy.until_counted(before + 8).await;
    // The transaction began and made its change, but did not commit.
    proxy.silent_after(2);
    let error = vanishing
        .rotate(RotateRequest::new(token, "vanished", at(1)).grace(GRACE).idle(IDLE))
        .await
        .unwrap_err();
    assert!(matches!(own(&error), Error::TimeLimit), "{error:?}");
    assert_eq!(rotate(&store, "a", "a-0", "a-1", at(1)).await, rotated(at(1) + IDLE));
    proxy.speak();
    vanishing.revoke(RevokeRequest::new(TokenRef::new(ALICE, "t"), None, at(1))).await.unwrap();
    assert!(is_revoked(&store, TokenRef::new(ALICE, "t")).await);
    session_state(&vanishing, "a", at(1)).await;
}
