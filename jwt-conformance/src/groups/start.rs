//! New sessions.

use std::sync::Arc;

use jwt_core::session::Sessions;

use crate::Fixture;
use crate::expect::{Failure, Is, MustBe as _, Outcome, ensure};
use crate::login::{Login, Names};
use crate::race;
use crate::time::{DAY, IDLE, at, policy};

pub(crate) async fn an_id_is_given_once<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    store.start(login.new_session("first", at(0)).label("mine"), at(0)).await?;
    let before = store.list(login.subject(), at(1)).await?;
    let other = Login { id: login.id.clone(), ..names.login("other") };
    let elsewhere = Login { issuer: names.name("other issuer"), ..login.clone() };
    for (again, whose) in
        [(&login, "the same subject"), (&other, "another"), (&elsewhere, "another issuer's")]
    {
        let session = again.new_session("second", at(DAY)).label("another's");
        let started = store.start(session, at(DAY)).await;
        ensure!(started.is_err(), "a session was started with an id that is taken, for {whose}");
    }
    let after = store.list(login.subject(), at(DAY)).await?;
    ensure!(before == after, "a session is listed otherwise after a start with its id was refused");
    for not_theirs in [other, elsewhere] {
        let listed = store.list(not_theirs.subject(), at(DAY)).await?;
        ensure!(listed.is_empty(), "a session whose start was refused is listed");
    }
    let asked = "the current token, after a start with its session's id was refused";
    login.rotate(&store, "first", "next", policy(), at(DAY)).await?.must_be(Is::Rotated, asked)?;
    login.alive(&store, at(DAY + IDLE - 1), "a session after a start with its id was refused").await
}

pub(crate) async fn an_id_is_given_once_at_a_time<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = Arc::new(fixture.open().await);
    for round in 0..50 {
        let login = names.login(&round.to_string());
        let starts: Vec<_> = (0..10)
            .map(|task| {
                let (store, login) = (Arc::clone(&store), login.clone());
                async move {
                    let current = task.to_string();
                    let started = store.start(login.new_session(&current, at(0)), at(0)).await;
                    Ok(started.is_ok().then_some(current))
                }
            })
            .collect();
        let started: Vec<_> = race::all(starts).await?.into_iter().flatten().collect();
        let [current] = started.as_slice() else {
            let count = started.len();
            return Err(Failure(format!("{count} of ten starts with one id were kept, at once")));
        };
        let asked = "the token of the start that was kept";
        login.rotate(&*store, current, "next", policy(), at(1)).await?.must_be(Is::Rotated, asked)?;
    }
    Ok(())
}
