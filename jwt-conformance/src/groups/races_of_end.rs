//! Ending sessions that are in use. None of them is live afterwards.

use std::sync::Arc;

use jwt_session::{EndRequest, Rotation, Selector, Sessions, TouchRequest};

use crate::Fixture;
use crate::expect::{DEAD, Is, MustBe as _, Outcome, ensure};
use crate::login::{Login, Names};
use crate::race;
use crate::time::{DAY, IDLE, at, millis, policy};

const ROUNDS: u32 = 1_000;

/// Rotates a session while it is being ended. Afterwards, the session has ended, regardless of which call comes first.
async fn race<F>(
    fixture: &F,
    names: &Names,
    selector: impl for<'a> Fn(&'a Login, &'a str) -> Selector<'a> + Copy + Send + Sync + 'static,
) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    for round in 0..ROUNDS {
        let login = names.inner(&round.to_string()).login("user");
        let kept = login.also("kept");
        login.start(&*store, "0", at(0)).await?;
        let (rotating, rotated) = (Arc::clone(&store), login.clone());
        let rotate = async move {
            let mut current = "0".to_owned();
            for next in ["1", "2", "3"] {
                let rotation = rotated.rotate(&*rotating, &current, next, policy(), at(2)).await?;
                if !matches!(rotation, Rotation::Rotated(_)) {
                    rotation
                        .must_be(Is::Ended, "the current token, concurrent with the end of its session")?;
                    break;
                }
                next.clone_into(&mut current);
            }
            Ok(current)
        };
        let (ending, ended, stays) = (Arc::clone(&store), login.clone(), kept.id);
        let end = async move { Ok(ending.end(EndRequest::new(selector(&ended, &stays), at(2))).await?) };
        let (current, count) = race::two(round, rotate, end).await?;
        count.must_be(1, "live sessions ended, concurrent with a rotation")?;
        let which = "a session that was ended concurrently with a rotation";
        login.dead(&*store, at(3), which).await?;
        login.state(&*store, &current, at(3)).await?.must_be(DEAD, which)?;
        for token in [current.as_str(), "0", "1", "2", "3"] {
            login.rotate(&*store, token, "last", policy(), at(3)).await?.must_be(Is::Ended, which)?;
        }
    }
    Ok(())
}

pub(crate) async fn one_session_ends_in_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    race(fixture, names, |login, _| login.one()).await
}

pub(crate) async fn all_sessions_end_in_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    race(fixture, names, |login, _| login.all()).await
}

pub(crate) async fn all_sessions_but_one_end_in_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let selector: for<'a> fn(&'a Login, &'a str) -> Selector<'a> =
        |login, kept| Selector::AllExcept { subject: login.subject(), session: kept };
    race(fixture, names, selector).await
}

pub(crate) async fn sessions_are_cut_off_in_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    race(fixture, names, |login, _| login.before(at(1))).await
}

pub(crate) async fn everyone_is_cut_off_in_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    race(fixture, names, |login, _| login.everyone_before(at(1))).await
}

pub(crate) async fn many_sessions_end_in_use<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    for round in 0..50 {
        let login = names.login(&round.to_string());
        let sessions: Vec<_> = (0..20).map(|device| login.also(&device.to_string())).collect();
        for session in &sessions {
            session.start(&*store, "0", at(0)).await?;
        }
        // The first task ends all sessions, and the others rotate them.
        let tasks = (0..).zip(std::iter::once(&login).chain(&sessions)).map(|(task, session)| {
            let (store, session) = (Arc::clone(&store), session.clone());
            async move {
                if task == 0 {
                    return Ok(store.end(EndRequest::new(session.all(), at(2))).await?.live == 20);
                }
                for step in 0..5 {
                    let (presented, next) = (step.to_string(), (step + 1).to_string());
                    session.rotate(&*store, &presented, &next, policy(), at(2)).await?;
                }
                Ok(true)
            }
        });
        let counted = race::all(tasks.collect()).await?.into_iter().all(|right| right);
        ensure!(counted, "ending all of twenty live sessions in use did not count 20");
        for session in &sessions {
            session.dead(&*store, at(3), "one of twenty sessions that were ended while in use").await?;
        }
    }
    Ok(())
}

pub(crate) async fn a_touch_undoes_no_end<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    for round in 0..ROUNDS {
        let login = names.login(&round.to_string());
        login.start(&*store, "first", at(0)).await?;
        let (touching, touched) = (Arc::clone(&store), login.clone());
        let (ending, ended) = (Arc::clone(&store), login.clone());
        let (_, count) = race::two(
            round,
            async move {
                Ok(touching.touch(TouchRequest::new(touched.access(), at(DAY)).idle(millis(IDLE))).await?)
            },
            async move { Ok(ending.end(EndRequest::new(ended.one(), at(DAY))).await?) },
        )
        .await?;
        count.must_be(1, "live sessions ended, concurrent with a touch")?;
        let which = "a session that was ended concurrently with a touch";
        login.dead(&*store, at(DAY + 1), which).await?;
        login.rotate(&*store, "first", "next", policy(), at(DAY + 1)).await?.must_be(Is::Ended, which)?;
    }
    Ok(())
}
