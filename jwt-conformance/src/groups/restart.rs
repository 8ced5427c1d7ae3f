//! Restarts between the steps of a session.

use jwt_session::{
    EndRequest, ListRequest, Revocation as _, RevokeRequest, Session, Sessions, StartRequest, StateRequest,
    TokenRef, TouchRequest,
};

use crate::Fixture;
use crate::expect::{ACTIVE, ENDED, Is, MustBe as _, Outcome, REVOKED, ensure};
use crate::login::Names;
use crate::time::{DAY, GRACE, IDLE, SECOND, at, millis, policy};

/// Reopens the store. Passes the check at this point if the store keeps nothing.
macro_rules! restart {
    ($fixture:ident, $store:ident) => {
        restart!($fixture, $store => $store)
    };
    ($fixture:ident, $store:ident => $reopened:ident) => {
        let Some($reopened) = $fixture.reopen($store).await else { return Ok(()) };
    };
}

pub(crate) async fn exchanges_survive_a_restart<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    store.start(StartRequest::new(login.new_session("first", at(1)).label("phone"), at(1))).await?;
    restart!(fixture, store);
    let right = Session::new(login.id.clone(), at(1), at(1 + IDLE)).label(Some("phone".to_owned()));
    let listed = store.list(ListRequest::new(login.subject(), at(2))).await?.sessions;
    ensure!(listed == [right], "list returned different data for a new session after a restart");
    let asked = "the current token, after a restart";
    login.rotate(&store, "first", "second", policy(), at(3)).await?.must_be(Is::Rotated, asked)?;
    restart!(fixture, store);
    let asked = "the previous token within grace, after a restart";
    let now = at(GRACE + 2);
    login.rotate(&store, "first", "third", policy(), now).await?.must_be(Is::Grace("second"), asked)?;
    restart!(fixture, store);
    store
        .touch(TouchRequest::new(login.access(), at(DAY)).idle(millis(IDLE)))
        .await?
        .must_be(ACTIVE, "a touch")?;
    restart!(fixture, store);
    login
        .alive(
            &store,
            at(DAY + IDLE - 1),
            "a session before the limit that a touch has moved, after a restart",
        )
        .await?;
    let asked = "the current token, after restarts";
    login.rotate(&store, "second", "third", policy(), at(DAY)).await?.must_be(Is::Rotated, asked)?;
    restart!(fixture, store);
    let asked = "the token before the previous one, after a restart";
    login.rotate(&store, "first", "fourth", policy(), at(DAY)).await?.must_be(Is::Reused, asked)?;
    restart!(fixture, store);
    login.dead(&store, at(DAY), "the session of a reused token, after a restart").await?;
    let asked = "the current token of a session that was ended by reuse, after a restart";
    login.rotate(&store, "third", "fourth", policy(), at(DAY)).await?.must_be(Is::Ended, asked)
}

pub(crate) async fn grace_ends_in_spite_of_a_restart<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    login
        .rotate(&store, "first", "second", policy(), at(1))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    restart!(fixture, store);
    let asked = "the previous token at the end of grace, after a restart";
    login.rotate(&store, "first", "third", policy(), at(GRACE + 1)).await?.must_be(Is::Reused, asked)
}

pub(crate) async fn ends_survive_a_restart<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (one, all, kept) = (names.login("one"), names.login("all"), names.login("kept"));
    for login in [&one, &all, &kept] {
        login.start(&store, "first", at(0)).await?;
    }
    let second = kept.also("second");
    second.start(&store, "1st", at(0)).await?;
    restart!(fixture, store);
    store.end(EndRequest::new(one.one(), at(1))).await?.must_be(1, "live sessions ended, after a restart")?;
    restart!(fixture, store);
    store.end(EndRequest::new(all.all(), at(2))).await?.must_be(1, "live sessions ended, after a restart")?;
    restart!(fixture, store);
    store
        .end(EndRequest::new(kept.all_but_this(), at(3)))
        .await?
        .must_be(1, "live sessions ended, after a restart")?;
    restart!(fixture, store);
    for ended in [&one, &all, &second] {
        ended.dead(&store, at(4), "a session that has ended, after a restart").await?;
        let asked = "the current token of an ended session, after a restart";
        ended.rotate(&store, "first", "next", policy(), at(4)).await?.must_be(Is::Ended, asked)?;
    }
    kept.alive(&store, at(4), "a live session, after a restart").await
}

pub(crate) async fn cutoffs_and_revocations_survive_a_restart<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (one, other) = (names.login("one"), names.login("other"));
    let (early, late) = (one.also("early"), one.also("late"));
    one.start(&store, "first", at(0)).await?;
    other.start(&store, "1st", at(0)).await?;
    store.revoke(RevokeRequest::new(other.refresh("1st"), Some(at(IDLE)), at(1))).await?;
    store.end(EndRequest::new(one.before(at(SECOND)), at(2))).await?.must_be(1, "live sessions cut off")?;
    restart!(fixture, store);
    one.dead(&store, at(3), "a session that was cut off, after a restart").await?;
    early.start(&store, "early", at(SECOND - 1)).await?;
    late.start(&store, "late", at(SECOND)).await?;
    restart!(fixture, store);
    early
        .dead(&store, at(SECOND), "a session that started before the time of a cutoff, after a restart")
        .await?;
    late.alive(&store, at(SECOND), "a session that started at the time of a cutoff, after a restart").await?;
    let token = TokenRef::new(one.subject(), "token").issued_at(at(0));
    let asked = "a token without a session that was cut off, after a restart";
    store.state(StateRequest::new(token, at(SECOND))).await?.must_be(REVOKED, asked)?;
    let asked = "a refresh token that was revoked, after a restart";
    other.state(&store, "1st", at(SECOND)).await?.must_be(REVOKED, asked)?;
    other.rotate(&store, "1st", "2nd", policy(), at(SECOND)).await?.must_be(Is::Ended, asked)?;

    store.end(EndRequest::new(one.everyone_before(at(SECOND + 1)), at(SECOND))).await?;
    restart!(fixture, store);
    for login in [&late, &other] {
        let asked = "a session that was cut off by a cutoff for everyone, after a restart";
        store.state(StateRequest::new(login.access(), at(2 * SECOND))).await?.must_be(ENDED, asked)?;
    }
    Ok(())
}

pub(crate) async fn uses_in_a_row_survive_a_restart<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (mut store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "0", at(0)).await?;
    for round in 0..3_u32 {
        let (presented, next) = (round.to_string(), (round + 1).to_string());
        let now = at(i64::from(round) * DAY + 1);
        login
            .rotate(&store, &presented, &next, policy(), now)
            .await?
            .must_be(Is::Rotated, "the current token")?;
        restart!(fixture, store => reopened);
        store = reopened;
        let rotation = login.rotate(&store, &presented, "unused", policy(), now).await?;
        rotation
            .must_be(Is::GraceInARow(&next, round + 1), "the previous token within grace, after a restart")?;
        restart!(fixture, store => reopened);
        store = reopened;
    }
    Ok(())
}
