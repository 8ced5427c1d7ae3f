//! `touch`.

use std::time::Duration;

use jwt_session::{EndRequest, ListRequest, Sessions, TouchRequest};

use crate::Fixture;
use crate::expect::{ACTIVE, DEAD, ENDED, Is, MustBe as _, OVER, Outcome, SPENT, ensure};
use crate::login::Names;
use crate::time::{DAY, GRACE, HOUR, IDLE, LIFE, at, millis, policy};

pub(crate) async fn a_touch_moves_the_idle_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    store
        .touch(TouchRequest::new(login.access(), at(DAY)).idle(millis(IDLE)))
        .await?
        .must_be(ACTIVE, "a touch")?;
    login.alive(&store, at(IDLE + DAY - 1), "a session before the limit that a touch has moved").await?;
    let touched =
        store.touch(TouchRequest::new(login.refresh("first"), at(2 * DAY)).idle(millis(IDLE))).await?;
    touched.must_be(ACTIVE, "a touch with the current refresh token")?;
    login.alive(&store, at(IDLE + 2 * DAY - 1), "a session before the limit that a touch has moved").await?;
    login.over::<F>(&store, at(IDLE + 2 * DAY), "a session at the limit that a touch has moved").await
}

pub(crate) async fn a_touch_never_moves_the_limit_back<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    for (idle, now) in [(HOUR, HOUR), (0, HOUR), (IDLE, -HOUR), (IDLE, -DAY)] {
        store
            .touch(TouchRequest::new(login.access(), at(now)).idle(millis(idle)))
            .await?
            .must_be(ACTIVE, "a touch")?;
        login
            .alive(&store, at(IDLE - 1), "a session before its limit, after a touch with an earlier limit")
            .await?;
    }
    login.over::<F>(&store, at(IDLE), "a session at its limit, after a touch with an earlier limit").await
}

pub(crate) async fn a_touch_never_goes_beyond_the_absolute_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (name, idle) in [("long", millis(2 * LIFE)), ("unlimited", Duration::MAX)] {
        let login = names.login(name);
        login.start(&store, "first", at(0)).await?;
        store.touch(TouchRequest::new(login.access(), at(1)).idle(idle)).await?.must_be(ACTIVE, "a touch")?;
        for session in store.list(ListRequest::new(login.subject(), at(2))).await?.sessions {
            ensure!(
                session.expires_at == at(LIFE),
                "list returned an expires_at that is not the absolute limit"
            );
        }
        login.alive(&store, at(LIFE - 1), "a session before its absolute limit").await?;
        login
            .over::<F>(&store, at(LIFE), "a session at its absolute limit, after a touch with a later limit")
            .await?;
    }
    Ok(())
}

pub(crate) async fn a_touch_revives_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (ended, cut_off, over) = (names.login("ended"), names.login("cut off"), names.login("over"));
    for login in [&ended, &cut_off, &over] {
        login.start(&store, &format!("{}-1", login.name), at(0)).await?;
    }
    store.end(EndRequest::new(ended.one(), at(1))).await?;
    store.end(EndRequest::new(cut_off.before(at(1)), at(1))).await?;
    for (login, now, right, which) in [
        (&ended, 2, ENDED, "a touched session that has ended"),
        (&cut_off, 2, ENDED, "a touched session that was cut off"),
        (&over, IDLE, OVER, "a touched session that was idle for too long"),
    ] {
        store
            .touch(TouchRequest::new(login.access(), at(now)).idle(millis(IDLE)))
            .await?
            .must_be(right, which)?;
        if right == OVER {
            login.over::<F>(&store, at(now + 1), which).await?;
        } else {
            login.dead(&store, at(now + 1), which).await?;
        }
        let refresh = format!("{}-1", login.name);
        let rotation = login.rotate(&store, &refresh, "next", policy(), at(now + 1)).await?;
        rotation.must_be(Is::Dead, which)?;
    }
    let unknown = names.login("unknown");
    store
        .touch(TouchRequest::new(unknown.access(), at(2)).idle(millis(IDLE)))
        .await?
        .must_be(DEAD, "a touched session that was never started")?;
    unknown.over::<F>(&store, at(3), "a touched session that was never started").await
}

pub(crate) async fn a_touch_changes_no_token<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(-HOUR)).await?;
    login
        .rotate(&store, "first", "second", policy(), at(0))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    store
        .touch(TouchRequest::new(login.access(), at(GRACE - 1)).idle(millis(IDLE)))
        .await?
        .must_be(ACTIVE, "a touch within grace")?;
    store
        .touch(TouchRequest::new(login.access(), at(GRACE)).idle(millis(IDLE)))
        .await?
        .must_be(ACTIVE, "a touch after grace")?;
    let asked = "the previous token after grace, after the session was touched within grace";
    login.state(&store, "first", at(GRACE)).await?.must_be(SPENT, asked)?;
    let asked = "the current token, after touches";
    login.rotate(&store, "second", "third", policy(), at(GRACE + 1)).await?.must_be(Is::Rotated, asked)?;
    let asked = "the token before the previous one, after touches";
    login.rotate(&store, "first", "fourth", policy(), at(GRACE + 2)).await?.must_be(Is::Reused, asked)
}

pub(crate) async fn a_spent_token_touches_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    for (presented, next) in [("first", "second"), ("second", "third")] {
        let rotation = login.rotate(&store, presented, next, policy(), at(0)).await?;
        rotation.must_be(Is::Rotated, "the current token")?;
    }
    let touched = store.touch(TouchRequest::new(login.refresh("first"), at(DAY)).idle(millis(IDLE))).await?;
    touched.must_be(SPENT, "a touch with the token before the previous one")?;
    login.alive(&store, at(IDLE - 1), "a session before its limit, after a touch with a spent token").await?;
    login.over::<F>(&store, at(IDLE), "a session at its limit, after a touch with a spent token").await
}
