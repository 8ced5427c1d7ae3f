//! Concurrent calls with one token.

use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use jwt_session::{Rotation, Sessions, TouchRequest};

use crate::Fixture;
use crate::expect::{ACTIVE, Failure, Is, MustBe as _, Outcome, ensure};
use crate::login::{Login, Names};
use crate::race;
use crate::time::{DAY, GRACE, IDLE, Policy, at, millis, policy, strict};

const ROUNDS: u32 = 200;
const TASKS: u32 = 100;
/// The maximum number of rounds. In a store that never waits, the window between the read and the write is short, but
/// many rounds take little time.
const MOST_ROUNDS: u32 = 50_000;
const LONG_ENOUGH: Duration = Duration::from_secs(5);

/// Returns the outcomes of a hundred concurrent rotations of the first token, each with its own next token.
async fn exchanges<S: Sessions>(
    store: &Arc<S>,
    login: &Login,
    policy: Policy,
    now: SystemTime,
) -> Outcome<Vec<(String, Rotation)>> {
    login.start(&**store, "first", at(0)).await?;
    let tasks = (0..TASKS).map(|task| {
        let (store, login) = (Arc::clone(store), login.clone());
        async move {
            let next = format!("next {task}");
            let rotation = login.rotate(&*store, "first", &next, policy, now).await?;
            Ok((next, rotation))
        }
    });
    race::all(tasks.collect()).await
}

/// Returns the next token of the only rotation that succeeded.
fn winner(outcomes: &[(String, Rotation)]) -> Outcome<&str> {
    let won = |(_, rotation): &&(String, Rotation)| matches!(rotation, Rotation::Rotated(_));
    let mut winners = outcomes.iter().filter(won);
    match (winners.next(), winners.count()) {
        (Some((next, _)), 0) => Ok(next),
        (None, _) => Err(Failure("none of a hundred concurrent rotations of one token succeeded".to_owned())),
        (_, more) => {
            let count = more + 1;
            Err(Failure(format!(
                "{count} of a hundred concurrent rotations of one token succeeded, expected 1"
            )))
        }
    }
}

pub(crate) async fn one_of_many_exchanges_wins<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    for round in 0..ROUNDS {
        let login = names.login(&round.to_string());
        let outcomes = exchanges(&store, &login, strict(), at(1)).await?;
        let next = winner(&outcomes)?;
        let mut reused = false;
        for (_, rotation) in outcomes.iter().filter(|(other, _)| other != next) {
            ensure!(
                matches!(rotation, Rotation::Reused | Rotation::Revoked | Rotation::Unknown),
                "one of a hundred concurrent rotations of one token returned {rotation:?}, expected Reused, or Revoked \
                 or Unknown once the session has ended"
            );
            reused |= *rotation == Rotation::Reused;
        }
        ensure!(reused, "none of a hundred concurrent rotations of one token returned Reused");
        login.dead(&*store, at(2), "a session after a hundred concurrent rotations of one token").await?;
        let asked = "the token of the rotation that succeeded, after the others were reuse";
        login.rotate(&*store, next, "last", policy(), at(2)).await?.must_be(Is::Ended, asked)?;
    }
    Ok(())
}

pub(crate) async fn exchanges_of_two_threads_have_one_winner<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    let began = Instant::now();
    for round in 0..MOST_ROUNDS {
        let login = names.login(&round.to_string());
        login.start(&*store, "first", at(0)).await?;
        let tasks = ["one", "other"].map(|next| {
            let (store, login) = (Arc::clone(&store), login.clone());
            async move { login.rotate(&*store, "first", next, strict(), at(1)).await }
        });
        let outcomes = race::two_threads(tasks).await?;
        let won = outcomes.iter().filter(|rotation| matches!(rotation, Rotation::Rotated(_))).count();
        ensure!(won == 1, "{won} of two rotations of one token on two threads succeeded, expected 1");
        if began.elapsed() > LONG_ENOUGH {
            break;
        }
    }
    Ok(())
}

pub(crate) async fn with_grace_all_exchanges_give_one_token<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    for round in 0..ROUNDS {
        let login = names.login(&round.to_string());
        let outcomes = exchanges(&store, &login, policy(), at(1)).await?;
        let next = winner(&outcomes)?;
        for (_, rotation) in outcomes.iter().filter(|(other, _)| other != next) {
            let rotation = rotation.clone();
            rotation
                .must_be(Is::Grace(next), "one of a hundred concurrent rotations of one token with grace")?;
        }
        login.alive(&*store, at(2), "a session after concurrent rotations of one token with grace").await?;
        let asked = "the token that all rotations with grace yielded";
        login.rotate(&*store, next, "last", policy(), at(2)).await?.must_be(Is::Rotated, asked)?;
        let asked = "the next token of a rotation that did not succeed";
        let loser = outcomes.iter().find(|(other, _)| other != next).map_or("", |(other, _)| other);
        login.rotate(&*store, loser, "more", policy(), at(3)).await?.must_be(Is::Reused, asked)?;
    }
    Ok(())
}

pub(crate) async fn a_touch_undoes_no_exchange<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    for round in 0..500 {
        let login = names.login(&round.to_string());
        login.start(&*store, "first", at(0)).await?;
        let (rotating, rotated) = (Arc::clone(&store), login.clone());
        let (touching, touched) = (Arc::clone(&store), login.clone());
        let (rotation, state) = race::two(
            round,
            async move { rotated.rotate(&*rotating, "first", "second", policy(), at(DAY)).await },
            async move {
                Ok(touching.touch(TouchRequest::new(touched.access(), at(DAY)).idle(millis(IDLE))).await?)
            },
        )
        .await?;
        rotation.must_be(Is::Rotated, "the current token, concurrent with a touch")?;
        state.must_be(ACTIVE, "a touch, concurrent with a rotation")?;
        let asked = "the previous token, after a touch concurrent with its rotation";
        let rotation = login.rotate(&*store, "first", "third", policy(), at(DAY + GRACE - 1)).await?;
        rotation.must_be(Is::Grace("second"), asked)?;
        let asked = "the current token, after a touch concurrent with the rotation that yielded it";
        let rotation = login.rotate(&*store, "second", "third", policy(), at(DAY + GRACE)).await?;
        rotation.must_be(Is::Rotated, asked)?;
    }
    Ok(())
}
