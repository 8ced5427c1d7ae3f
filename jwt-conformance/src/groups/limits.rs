//! The idle and the absolute limit, to the millisecond.

use std::time::Duration;

use jwt_session::{NewSession, Sessions, StartRequest, StateRequest, TouchRequest};

use crate::Fixture;
use crate::expect::{ACTIVE, Is, MustBe as _, OVER, Outcome};
use crate::login::{Login, Names};
use crate::time::{DAY, IDLE, LIFE, SECOND, YEAR, at, millis, policy};

/// Checks that the session is live one millisecond before its limit, and expired at the limit.
async fn is_over_at<F>(store: &F::Store, login: &Login, limit: i64, which: &str) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let just_before = format!("a session one millisecond before {which}");
    login.alive(store, at(limit - 1), &just_before).await?;
    let at_limit = format!("a session at {which}");
    login.state(store, "first", at(limit)).await?.must_be(OVER, &at_limit)?;
    login.over::<F>(store, at(limit), &at_limit).await?;
    store
        .touch(TouchRequest::new(login.access(), at(limit)).idle(millis(DAY)))
        .await?
        .must_be(OVER, &at_limit)
}

pub(crate) async fn a_session_is_over_at_its_idle_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    // Limits in the middle of a second, which a store with a precision of seconds would miss.
    for limit in [IDLE, IDLE + 1, IDLE + SECOND / 2, IDLE + SECOND - 1] {
        let login = names.login(&limit.to_string());
        let session = login.new_session("first", at(0)).idle_expires_at(at(limit));
        store.start(StartRequest::new(session, at(0))).await?;
        is_over_at::<F>(&store, &login, limit, "its idle limit").await?;
    }
    Ok(())
}

pub(crate) async fn a_session_is_over_at_its_absolute_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for limit in [LIFE, LIFE + 1, LIFE + SECOND / 2, LIFE + SECOND - 1] {
        let login = names.login(&limit.to_string());
        store
            .start(StartRequest::new(NewSession::new(login.subject(), &login.id, "first", at(limit)), at(0)))
            .await?;
        is_over_at::<F>(&store, &login, limit, "its absolute limit").await?;
    }
    Ok(())
}

pub(crate) async fn an_exchange_counts_until_the_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (early, late) = (names.login("early"), names.login("late"));
    early.start(&store, "first", at(0)).await?;
    let asked = "the current token one millisecond before the idle limit";
    early.rotate(&store, "first", "second", policy(), at(IDLE - 1)).await?.must_be(Is::Rotated, asked)?;
    is_over_at::<F>(&store, &early, 2 * IDLE - 1, "the idle limit that a rotation has moved").await?;
    late.start(&store, "1st", at(0)).await?;
    let asked = "the current token at the idle limit";
    late.rotate(&store, "1st", "2nd", policy(), at(IDLE)).await?.must_be(Is::Over, asked)
}

pub(crate) async fn a_session_can_live_for_long<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    // In the year 9976.
    let limit = at(7_930 * YEAR);
    store
        .start(StartRequest::new(NewSession::new(login.subject(), &login.id, "first", limit), at(0)))
        .await?;
    let asked = "a session that expires thousands of years from now";
    store.state(StateRequest::new(login.access(), at(7_000 * YEAR))).await?.must_be(ACTIVE, asked)?;
    let touched = store.touch(TouchRequest::new(login.access(), at(SECOND)).idle(Duration::MAX)).await?;
    touched.must_be(ACTIVE, asked)?;
    login.rotate(&store, "first", "second", policy(), at(7_000 * YEAR)).await?.must_be(Is::Rotated, asked)
}
