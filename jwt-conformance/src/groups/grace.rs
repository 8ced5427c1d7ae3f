//! The grace period of the previous token.

use std::time::Duration;

use jwt_session::{Graced, ListRequest, Rotation, Sessions, StateRequest, TouchRequest};

use crate::Fixture;
use crate::expect::{ACTIVE, Is, MustBe as _, Outcome, SPENT, ensure};
use crate::login::{Login, Names};
use crate::time::{
    DAY, GRACE, HOUR, IDLE, LIFE, MINUTE, Policy, SECOND, YEAR, at, millis, policy, shared, strict,
};

/// Starts a session and exchanges its first token for the second at the start of the check.
async fn rotated<S: Sessions>(store: &S, names: &Names, name: &str) -> Outcome<Login> {
    let login = names.login(name);
    login.start(store, "first", at(-HOUR)).await?;
    login.rotate(store, "first", "second", policy(), at(0)).await?.must_be(Is::Rotated, "the first token")?;
    Ok(login)
}

pub(crate) async fn a_lost_reply_is_made_up_for<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    // The client never received the second token, so it presents the first one again.
    let asked = "the first token again, because the reply was lost";
    login.rotate(&store, "first", "unused", policy(), at(1)).await?.must_be(Is::Grace("second"), asked)?;
    let asked = "the second token, after the first one yielded it again";
    login.rotate(&store, "second", "third", policy(), at(2)).await?.must_be(Is::Rotated, asked)?;
    let asked = "the third token, after a reply was lost";
    login.rotate(&store, "third", "fourth", policy(), at(3)).await?.must_be(Is::Rotated, asked)?;
    login.alive(&store, at(4), "a session after a lost reply").await
}

pub(crate) async fn grace_changes_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    let before = store.list(ListRequest::new(login.subject(), at(1))).await?.sessions;
    let rotation = login.rotate(&store, "first", "unused", policy(), at(GRACE - 1)).await?;
    let right = Rotation::Grace(Graced::new("second".to_owned(), at(IDLE)));
    ensure!(
        rotation == right,
        "the previous token: rotate returned {rotation:?}, expected Grace with the current token and the idle limit"
    );
    let after = store.list(ListRequest::new(login.subject(), at(GRACE - 1))).await?.sessions;
    ensure!(before == after, "the previous token within grace changed how list returns the session");
    login.over::<F>(&store, at(IDLE), "a session at its idle limit, which Grace must not move").await
}

pub(crate) async fn grace_ends<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (within, after) = (rotated(&store, names, "within").await?, rotated(&store, names, "after").await?);
    let now = at(GRACE - 1);
    let asked = "the previous token one millisecond before the end of grace";
    within.state(&store, "first", now).await?.must_be(ACTIVE, asked)?;
    within.rotate(&store, "first", "third", policy(), now).await?.must_be(Is::Grace("second"), asked)?;
    let now = at(GRACE);
    let asked = "the previous token at the end of grace";
    after.state(&store, "first", now).await?.must_be(SPENT, asked)?;
    after.rotate(&store, "first", "third", policy(), now).await?.must_be(Is::Reused, asked)?;
    after.dead(&store, now, "the session of a reused token").await
}

pub(crate) async fn grace_is_not_extended_by_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    for tenth in 1..10 {
        let now = at(GRACE / 10 * tenth);
        let asked = format!("the previous token, use {tenth} within grace");
        login.state(&store, "first", now).await?.must_be(ACTIVE, &asked)?;
        login.rotate(&store, "first", "third", policy(), now).await?.must_be(Is::Grace("second"), &asked)?;
        store
            .touch(TouchRequest::new(login.access(), now).idle(millis(IDLE)))
            .await?
            .must_be(ACTIVE, "a touch within grace")?;
    }
    let asked = "the previous token after grace, after it was presented nine times within grace";
    login.state(&store, "first", at(GRACE)).await?.must_be(SPENT, asked)?;
    login.rotate(&store, "first", "third", policy(), at(GRACE)).await?.must_be(Is::Reused, asked)
}

pub(crate) async fn grace_is_a_distance<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "slightly").await?;
    for back in [1, GRACE / 2, GRACE - 1] {
        let asked = format!("the previous token, with the clock {back} ms before its rotation");
        login.state(&store, "first", at(-back)).await?.must_be(ACTIVE, &asked)?;
        let rotation = login.rotate(&store, "first", "third", policy(), at(-back)).await?;
        rotation.must_be(Is::Grace("second"), &asked)?;
    }
    for back in [GRACE, HOUR, YEAR] {
        let login = rotated(&store, names, &back.to_string()).await?;
        let asked =
            format!("the previous token, with the clock {back} ms before its rotation, which is too far");
        login.state(&store, "first", at(-back)).await?.must_be(SPENT, &asked)?;
        login.rotate(&store, "first", "third", policy(), at(-back)).await?.must_be(Is::Reused, &asked)?;
        login.dead(&store, at(-back), "the session of a reused token").await?;
    }
    Ok(())
}

pub(crate) async fn grace_is_for_one_token_only<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    login
        .rotate(&store, "second", "third", policy(), at(1))
        .await?
        .must_be(Is::Rotated, "the second token")?;
    let asked = "the token before the previous one, milliseconds after its rotation";
    login.state(&store, "first", at(2)).await?.must_be(SPENT, asked)?;
    login.rotate(&store, "first", "fourth", policy(), at(2)).await?.must_be(Is::Reused, asked)?;
    login.dead(&store, at(2), "the session of a reused token").await
}

pub(crate) async fn no_grace_is_none<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    let asked = "the previous token in the millisecond of its rotation, with a grace of zero";
    store.state(StateRequest::new(login.refresh("first"), at(0))).await?.must_be(SPENT, asked)?;
    login.rotate(&store, "first", "third", strict(), at(0)).await?.must_be(Is::Reused, asked)
}

pub(crate) async fn grace_can_be_any_duration<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    let policy = Policy { grace: Duration::MAX, ..policy() };
    let asked = "the previous token with the longest possible grace";
    store
        .state(StateRequest::new(login.refresh("first"), at(DAY)).grace(Duration::MAX))
        .await?
        .must_be(ACTIVE, asked)?;
    login.rotate(&store, "first", "third", policy, at(DAY)).await?.must_be(Is::Grace("second"), asked)
}

pub(crate) async fn uses_in_a_row_are_counted<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "0", at(0)).await?;
    let mut number = 0;
    let mut now = 0;
    // Two parties take turns. One always rotates first, and the other comes within the grace period.
    for (rounds, alone) in [(5, 1), (3, 2), (1, 1), (2, 3)] {
        for in_a_row in 1..=rounds {
            let (presented, next) = (number.to_string(), (number + 1).to_string());
            now += 14 * MINUTE;
            login
                .rotate(&store, &presented, &next, policy(), at(now))
                .await?
                .must_be(Is::Rotated, "the current token")?;
            for use_of_it in 1..=3 {
                let asked = format!(
                    "use {use_of_it} of the previous token, after {in_a_row} rotations in a row that such a use followed"
                );
                login
                    .rotate(&store, &presented, "unused", policy(), at(now + 9 * SECOND))
                    .await?
                    .must_be(Is::GraceInARow(&next, in_a_row), &asked)?;
            }
            number += 1;
        }
        // Rotations that nobody else follows.
        for _ in 0..alone {
            now += 14 * MINUTE;
            let (presented, next) = (number.to_string(), (number + 1).to_string());
            login
                .rotate(&store, &presented, &next, policy(), at(now))
                .await?
                .must_be(Is::Rotated, "the current token")?;
            number += 1;
        }
    }
    Ok(())
}

pub(crate) async fn clients_that_share_a_token_keep_it<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(-HOUR)).await?;
    login
        .rotate(&store, "first", "second", shared(), at(0))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    // One client already has the second token, and the others still present the first one.
    for turn in 1..=5 {
        let now = at(turn * SECOND);
        let asked = format!("the current token, {turn} seconds after its rotation, with keep");
        let right = Is::Kept(now + millis(IDLE));
        login.rotate(&store, "second", "unused", shared(), now).await?.must_be(right, &asked)?;
        let asked = format!("the previous token, after the current one was kept {turn} times");
        login.state(&store, "first", now).await?.must_be(ACTIVE, &asked)?;
        login.state(&store, "second", now).await?.must_be(ACTIVE, "a token that was kept")?;
        login.rotate(&store, "first", "unused", shared(), now).await?.must_be(Is::Grace("second"), &asked)?;
    }
    let asked = "the current token when it is no longer kept";
    login.rotate(&store, "second", "third", shared(), at(GRACE)).await?.must_be(Is::Rotated, asked)?;
    let asked = "the previous token, after it was kept and then rotated";
    login
        .rotate(&store, "second", "unused", shared(), at(GRACE))
        .await?
        .must_be(Is::Grace("third"), asked)?;
    login.alive(&store, at(GRACE), "a session whose token was kept").await?;
    let asked = "the token before the previous one, after the previous one was kept";
    login.rotate(&store, "first", "unused", shared(), at(GRACE)).await?.must_be(Is::Reused, asked)?;
    login.dead(&store, at(GRACE), "the session of a reused token").await
}

pub(crate) async fn the_first_token_is_never_kept<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (after, keep) in [(0, millis(GRACE)), (1, millis(GRACE)), (HOUR, Duration::MAX)] {
        let login = names.login(&after.to_string());
        login.start(&store, "first", at(0)).await?;
        let policy = Policy { keep, ..shared() };
        let asked = format!("the first token of a session {after} ms after its start, with keep");
        login.rotate(&store, "first", "second", policy, at(after)).await?.must_be(Is::Rotated, &asked)?;
    }
    Ok(())
}

pub(crate) async fn keep_ends<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    for tenth in 1..10 {
        let now = at(GRACE / 10 * tenth);
        let asked = format!("the current token, use {tenth} while it is kept");
        let right = Is::Kept(now + millis(IDLE));
        login.rotate(&store, "second", "unused", shared(), now).await?.must_be(right, &asked)?;
        store
            .touch(TouchRequest::new(login.access(), now).idle(millis(IDLE)))
            .await?
            .must_be(ACTIVE, "a touch while the current token is kept")?;
    }
    let asked = "the current token one millisecond before the end of keep";
    let right = Is::Kept(at(GRACE - 1 + IDLE));
    login.rotate(&store, "second", "unused", shared(), at(GRACE - 1)).await?.must_be(right, asked)?;
    let asked = "the current token at the end of keep, after it was presented ten times before";
    login.rotate(&store, "second", "third", shared(), at(GRACE)).await?.must_be(Is::Rotated, asked)?;
    let asked = "the current token in the millisecond of its rotation, with a keep of zero";
    login.rotate(&store, "third", "fourth", policy(), at(GRACE)).await?.must_be(Is::Rotated, asked)?;
    let longest = Policy { keep: Duration::MAX, ..shared() };
    let asked = "the current token with the longest possible keep";
    let right = Is::Kept(at(DAY + IDLE));
    login.rotate(&store, "fourth", "unused", longest, at(DAY)).await?.must_be(right, asked)
}

pub(crate) async fn keep_is_a_distance<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "slightly").await?;
    for back in [1, GRACE / 2, GRACE - 1] {
        let asked = format!("the current token, with the clock {back} ms before its rotation, with keep");
        let rotation = login.rotate(&store, "second", "unused", shared(), at(-back)).await?;
        // The limit does not move back.
        rotation.must_be(Is::Kept(at(IDLE)), &asked)?;
    }
    for back in [GRACE, HOUR] {
        let login = rotated(&store, names, &back.to_string()).await?;
        let asked = format!(
            "the current token, with the clock {back} ms before its rotation, which is too far to keep it"
        );
        login.rotate(&store, "second", "third", shared(), at(-back)).await?.must_be(Is::Rotated, &asked)?;
    }
    Ok(())
}

pub(crate) async fn a_kept_token_is_a_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = rotated(&store, names, "user").await?;
    let before = store.list(ListRequest::new(login.subject(), at(1))).await?.sessions;
    let now = at(GRACE - 1);
    let asked = "the current token, with keep";
    let right = Is::Kept(now + millis(IDLE));
    login.rotate(&store, "second", "unused", shared(), now).await?.must_be(right, asked)?;
    let after = store.list(ListRequest::new(login.subject(), now)).await?.sessions;
    let mut right = before;
    for session in &mut right {
        session.last_used_at = now;
        session.expires_at = now + millis(IDLE);
    }
    ensure!(
        after == right,
        "a token that was kept: list must return the new last use and the new idle limit, and nothing else changes"
    );
    login.alive(&store, at(GRACE - 2 + IDLE), "a session whose token was kept, before its new limit").await?;
    for idle in [millis(2 * LIFE), Duration::MAX] {
        let asked = "the current token, with keep and an idle time beyond the absolute limit";
        let right = Is::Kept(at(LIFE - HOUR));
        let policy = Policy { idle, ..shared() };
        login.rotate(&store, "second", "unused", policy, now).await?.must_be(right, asked)?;
    }
    login.over::<F>(&store, at(LIFE - HOUR), "a session at its absolute limit, whose token was kept").await
}

pub(crate) async fn keep_counts_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "0", at(0)).await?;
    for in_a_row in 1..=4_u32 {
        let now = i64::from(in_a_row) * 14 * MINUTE;
        let (presented, next) = ((in_a_row - 1).to_string(), in_a_row.to_string());
        let rotation = login.rotate(&store, &presented, &next, shared(), at(now)).await?;
        rotation.must_be(Is::Rotated, "the current token")?;
        for second in [1, 3, 5] {
            let now = at(now + second * SECOND);
            let right = Is::Kept(now + millis(IDLE));
            let rotation = login.rotate(&store, &next, "unused", shared(), now).await?;
            rotation.must_be(right, "the current token, with keep")?;
            let asked = format!(
                "the previous token {second} seconds after {in_a_row} rotations in a row that such a use followed, with \
                 the current token kept in between"
            );
            let rotation = login.rotate(&store, &presented, "unused", shared(), now).await?;
            rotation.must_be(Is::GraceInARow(&next, in_a_row), &asked)?;
        }
    }
    // Two rotations that only uses of the current token follow, which do not count.
    for number in 5..=6_u32 {
        let now = i64::from(number) * 14 * MINUTE;
        let (presented, next) = ((number - 1).to_string(), number.to_string());
        let rotation = login.rotate(&store, &presented, &next, shared(), at(now)).await?;
        rotation.must_be(Is::Rotated, "the current token")?;
        let right = Is::Kept(at(now + IDLE));
        let rotation = login.rotate(&store, &next, "unused", shared(), at(now)).await?;
        rotation.must_be(right, "the current token, with keep")?;
    }
    let asked = "the previous token, after a rotation that only uses of the current token followed";
    let rotation = login.rotate(&store, "5", "unused", shared(), at(6 * 14 * MINUTE)).await?;
    rotation.must_be(Is::GraceInARow("6", 1), asked)
}
