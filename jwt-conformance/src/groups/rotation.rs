//! The rows of the table in `Sessions::rotate`.

use jwt_session::{EndRequest, Revocation as _, RevokeRequest, Rotated, Rotation, Sessions, StateRequest};
use std::time::Duration;

use crate::Fixture;
use crate::expect::{DEAD, Is, MustBe as _, Outcome, ensure};
use crate::login::Names;
use crate::time::{DAY, GRACE, IDLE, LIFE, Policy, SECOND, at, millis, policy, strict};

pub(crate) async fn an_unknown_session_gives_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let asked = "a session that was never started";
    login.rotate(&store, "first", "second", policy(), at(0)).await?.must_be(Is::Unknown, asked)?;
    login.over::<F>(&store, at(0), asked).await
}

pub(crate) async fn an_ended_session_gives_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    login
        .rotate(&store, "first", "second", policy(), at(1))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    store.end(EndRequest::new(login.one(), at(2))).await?.must_be(1, "live sessions ended")?;
    for presented in ["second", "first", "second", "third", "never issued"] {
        let asked = format!("the token {presented:?} of an ended session");
        login.rotate(&store, presented, "third", policy(), at(3)).await?.must_be(Is::Ended, &asked)?;
    }
    login.dead(&store, at(4), "a session that has ended").await
}

pub(crate) async fn a_cut_off_session_gives_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (one, two) = (names.login("one"), names.login("two"));
    one.start(&store, "first", at(0)).await?;
    two.start(&store, "1st", at(0)).await?;
    store.end(EndRequest::new(one.before(at(1)), at(2))).await?;
    let asked = "the current token of a session that was cut off with its subject";
    one.rotate(&store, "first", "second", policy(), at(3)).await?.must_be(Is::Ended, asked)?;
    store.end(EndRequest::new(one.everyone_before(at(1)), at(4))).await?;
    let asked = "the current token of a session that was cut off with its issuer";
    two.rotate(&store, "1st", "2nd", policy(), at(5)).await?.must_be(Is::Ended, asked)?;
    for login in [one, two] {
        login.dead(&store, at(6), "a session that was cut off").await?;
    }
    Ok(())
}

pub(crate) async fn a_revoked_token_gives_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (current, previous) = (names.login("current"), names.login("previous"));
    current.start(&store, "first", at(0)).await?;
    store.revoke(RevokeRequest::new(current.refresh("first"), Some(at(LIFE)), at(1))).await?;
    let asked = "the current token, which is revoked";
    current.rotate(&store, "first", "second", policy(), at(2)).await?.must_be(Is::Ended, asked)?;
    let next = current.rotate(&store, "second", "third", policy(), at(3)).await?;
    ensure!(
        !matches!(next, Rotation::Rotated(_) | Rotation::Grace(_)),
        "rotate rejected a revoked token, but made the next token the current one"
    );

    previous.start(&store, "1st", at(0)).await?;
    previous.rotate(&store, "1st", "2nd", policy(), at(1)).await?.must_be(Is::Rotated, "the first token")?;
    store.revoke(RevokeRequest::new(previous.refresh("1st"), None, at(2))).await?;
    let asked = "the previous token within grace, which is revoked";
    previous.rotate(&store, "1st", "3rd", policy(), at(3)).await?.must_be(Is::Ended, asked)
}

pub(crate) async fn a_session_that_is_over_gives_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (idle, old) = (names.login("idle"), names.login("old"));
    idle.start(&store, "first", at(0)).await?;
    let asked = "the current token of a session that was idle for too long";
    idle.rotate(&store, "first", "second", policy(), at(IDLE + 1)).await?.must_be(Is::Over, asked)?;
    idle.over::<F>(&store, at(IDLE + 2), asked).await?;

    old.start(&store, "0", at(0)).await?;
    let mut day = 0;
    while day * DAY + 9 * DAY < LIFE {
        day += 9;
        let (presented, next) = ((day - 9).to_string(), day.to_string());
        let rotation = old.rotate(&store, &presented, &next, policy(), at(day * DAY)).await?;
        rotation.must_be(Is::Rotated, "the current token of a session in use")?;
    }
    let asked = "the current token of a session past its absolute limit";
    let rotation = old.rotate(&store, &day.to_string(), "last", policy(), at(LIFE + 1)).await?;
    rotation.must_be(Is::Over, asked)?;
    old.over::<F>(&store, at(LIFE + 2), asked).await
}

pub(crate) async fn the_current_token_is_exchanged<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "0", at(0)).await?;
    for step in 1..=20_i64 {
        let (presented, next) = ((step - 1).to_string(), step.to_string());
        let now = at(step * SECOND);
        let rotation = login.rotate(&store, &presented, &next, strict(), now).await?;
        let asked = format!("the current token after {} rotations", step - 1);
        ensure!(
            rotation == Rotation::Rotated(Rotated::new(now + millis(IDLE))),
            "{asked}: rotate returned {rotation:?}, expected Rotated with an idle limit counted from now"
        );
    }
    login.alive(&store, at(21 * SECOND), "a session in use").await
}

pub(crate) async fn any_other_token_ends_the_session<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let last = "fourth".to_owned();
    for (presented, policy, wait, what) in [
        ("first", policy(), 1, "a token that was spent three rotations ago"),
        ("second", policy(), 1, "the token before the previous one"),
        ("third", policy(), GRACE, "the previous token after grace"),
        ("third", strict(), 0, "the previous token without grace"),
        ("never issued", policy(), 1, "a token that was never the current one"),
    ] {
        let login = names.login(what);
        login.start(&store, "first", at(0)).await?;
        for (second, presented, next) in [(1, "first", "second"), (2, "second", "third"), (3, "third", &last)]
        {
            let rotation = login.rotate(&store, presented, next, policy, at(second * SECOND)).await?;
            rotation.must_be(Is::Rotated, "the current token")?;
        }
        let now = at(3 * SECOND + wait);
        login.rotate(&store, presented, "fifth", policy, now).await?.must_be(Is::Reused, what)?;
        login.dead(&store, now, &format!("the session, after {what} was presented")).await?;
        store
            .state(StateRequest::new(login.refresh(&last), now).grace(policy.grace))
            .await?
            .must_be(DEAD, what)?;
        for token in [&last, "fifth", "third"] {
            let asked = format!("the token {token:?}, after {what} was presented");
            login.rotate(&store, token, "sixth", policy, now).await?.must_be(Is::Ended, &asked)?;
        }
    }
    Ok(())
}

pub(crate) async fn exchanges_of_one_moment_are_told_apart<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (apart, what) in [(0, "one millisecond"), (1, "one second")] {
        let login = names.login(what);
        login.start(&store, "0", at(0)).await?;
        for step in 1..=50_i64 {
            let (presented, next) = ((step - 1).to_string(), step.to_string());
            let rotation = login.rotate(&store, &presented, &next, policy(), at(step * apart)).await?;
            rotation.must_be(Is::Rotated, &format!("rotation {step} within {what}"))?;
        }
        let now = at(50 * apart);
        let asked = format!("the previous token, after 50 rotations within {what}");
        login.rotate(&store, "49", "51", policy(), now).await?.must_be(Is::Grace("50"), &asked)?;
        let asked = format!("the token before the previous one, after 50 rotations within {what}");
        login.rotate(&store, "48", "51", policy(), now).await?.must_be(Is::Reused, &asked)?;
    }
    Ok(())
}

pub(crate) async fn no_exchange_goes_beyond_the_absolute_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (name, idle) in [("long", millis(2 * LIFE)), ("unlimited", Duration::MAX)] {
        let login = names.login(name);
        login.start(&store, "first", at(0)).await?;
        let policy = Policy { idle, ..policy() };
        let rotation = login.rotate(&store, "first", "second", policy, at(1)).await?;
        ensure!(
            rotation == Rotation::Rotated(Rotated::new(at(LIFE))),
            "{name} idle time: rotate returned {rotation:?}, expected Rotated with the absolute limit"
        );
        login.alive(&store, at(LIFE - 1), "a session just before its absolute limit").await?;
        login.over::<F>(&store, at(LIFE), "a session at its absolute limit").await?;
    }
    Ok(())
}
