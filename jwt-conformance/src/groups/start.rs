//! New sessions.

use std::sync::Arc;

use jwt_session::{EndRequest, ListRequest, Session, Sessions, StartRequest};

use crate::Fixture;
use crate::expect::{Failure, Is, MustBe as _, Outcome, SPENT, ensure};
use crate::login::{Login, Names};
use crate::race;
use crate::time::{DAY, IDLE, at, policy};

pub(crate) async fn an_id_is_given_once<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    store.start(StartRequest::new(login.new_session("first", at(0)).label("mine"), at(0))).await?;
    let before = store.list(ListRequest::new(login.subject(), at(1))).await?.sessions;
    let again =
        store.start(StartRequest::new(login.new_session("second", at(DAY)).label("again"), at(DAY))).await;
    ensure!(again.is_err(), "start returned Ok for an id that the subject already has, expected an error");
    is_as_before(&store, &login, &before, "a start with its id returned an error").await?;
    for theirs_ends_first in [true, false] {
        let names = names.inner(if theirs_ends_first { "theirs" } else { "mine" });
        let (one, of_one_issuer) = (names.login("one"), names.login("of one issuer"));
        let other = Login { name: names.name("other"), ..one.clone() };
        let elsewhere = Login { issuer: names.name("other issuer"), ..of_one_issuer.clone() };
        for (first, second) in [(&one, &other), (&of_one_issuer, &elsewhere)] {
            of_two_hands(&store, first, second, theirs_ends_first).await?;
        }
    }
    Ok(())
}

/// Checks that list returns the session as before, and that its token is still the current one.
async fn is_as_before<S: Sessions>(store: &S, login: &Login, before: &[Session], after: &str) -> Outcome {
    let listed = store.list(ListRequest::new(login.subject(), at(DAY))).await?.sessions;
    ensure!(listed == before, "list returned different data for a session, after {after}");
    let asked = format!("the current token, after {after}");
    login.rotate(store, "first", "next", policy(), at(DAY)).await?.must_be(Is::Rotated, &asked)?;
    login.alive(store, at(DAY + IDLE - 1), &format!("a session after {after}")).await
}

/// Starts sessions with one id for two subjects. Either the second start is an error, or there are two sessions.
async fn of_two_hands<S: Sessions>(
    store: &S,
    first: &Login,
    second: &Login,
    second_ends_first: bool,
) -> Outcome {
    store.start(StartRequest::new(first.new_session("first", at(0)).label("mine"), at(0))).await?;
    let before = store.list(ListRequest::new(first.subject(), at(1))).await?.sessions;
    let started =
        store.start(StartRequest::new(second.new_session("theirs", at(DAY)).label("theirs"), at(DAY))).await;
    let listed = store.list(ListRequest::new(second.subject(), at(DAY))).await?.sessions;
    if started.is_err() {
        ensure!(listed.is_empty(), "list returned a session whose start returned an error");
        return is_as_before(store, first, &before, "another subject's start with its id returned an error")
            .await;
    }
    let theirs = Session::new(second.id.clone(), at(DAY), at(DAY + IDLE)).label(Some("theirs".to_owned()));
    ensure!(
        listed == [theirs],
        "list returned the wrong data for a session with the same id as another subject's"
    );
    second.alive(store, at(DAY), "a session with the same id as another subject's").await?;
    for (login, token) in [(first, "theirs"), (second, "first")] {
        let asked = "the token of another subject's session with the same id";
        login.state(store, token, at(DAY)).await?.must_be(SPENT, asked)?;
    }
    let asked = "the token of a session with the same id as another subject's";
    second.rotate(store, "theirs", "their next", policy(), at(DAY)).await?.must_be(Is::Rotated, asked)?;
    is_as_before(store, first, &before, "another subject's start with its id").await?;

    let (ends, stays) = if second_ends_first { (second, first) } else { (first, second) };
    store
        .end(EndRequest::new(ends.one(), at(DAY + 1)))
        .await?
        .must_be(1, "live sessions ended, while another subject's session has the same id")?;
    ends.dead(
        store,
        at(DAY + 2),
        "a session that has ended, while another subject's session has the same id",
    )
    .await?;
    stays
        .alive(store, at(DAY + 2), "a session, after the end of another subject's session with the same id")
        .await?;
    let current = if second_ends_first { "next" } else { "their next" };
    let asked = "the current token, after the end of another subject's session with the same id";
    stays.rotate(store, current, "last", policy(), at(DAY + 2)).await?.must_be(Is::Rotated, asked)
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
                    let started =
                        store.start(StartRequest::new(login.new_session(&current, at(0)), at(0))).await;
                    Ok(started.is_ok().then_some(current))
                }
            })
            .collect();
        let started: Vec<_> = race::all(starts).await?.into_iter().flatten().collect();
        let [current] = started.as_slice() else {
            let count = started.len();
            return Err(Failure(format!(
                "{count} of ten concurrent starts with one id were kept, expected 1"
            )));
        };
        let asked = "the token of the start that was kept";
        login.rotate(&*store, current, "next", policy(), at(1)).await?.must_be(Is::Rotated, asked)?;
    }
    Ok(())
}
