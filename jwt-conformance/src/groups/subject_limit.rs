//! The limit of sessions per subject.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::SystemTime;

use jwt_session::{
    BoxError, Consistency, EndRequest, LimitReached, ListRequest, SessionLimit, Sessions, StartRequest,
    Started, StateRequest, TouchRequest,
};

use crate::Fixture;
use crate::expect::{ACTIVE, DEAD, ENDED, Failure, Is, MustBe as _, Outcome, ensure};
use crate::login::{Login, Names};
use crate::race;
use crate::time::{DAY, HOUR, IDLE, MINUTE, SECOND, at, millis, policy};

async fn start<S: Sessions>(
    store: &S,
    login: &Login,
    limit: SessionLimit,
    now: SystemTime,
) -> Result<Started, BoxError> {
    store.start(StartRequest::new(login.new_session("first", now), now).limit(Some(limit))).await
}

/// Starts a session, and checks which others the store says it has ended.
async fn start_evicts<S: Sessions>(
    store: &S,
    login: &Login,
    limit: SessionLimit,
    now: SystemTime,
    right: &[&Login],
    when: &str,
) -> Outcome {
    let evicted = start(store, login, limit, now).await?.evicted;
    let got: BTreeSet<_> = evicted.iter().map(String::as_str).collect();
    let wanted: BTreeSet<_> = right.iter().map(|login| &*login.id).collect();
    ensure!(
        got == wanted && evicted.len() == right.len(),
        "{when}: start has evicted {evicted:?}, expected {wanted:?}"
    );
    Ok(())
}

/// Returns whether a start was rejected. Any other error fails the check.
fn is_rejected(outcome: Result<Started, BoxError>) -> Outcome<bool> {
    match outcome {
        Ok(_) => Ok(false),
        Err(error) if LimitReached::caused(&*error) => Ok(true),
        Err(error) => Err(Failure(format!("at the limit, start returned {error:?}, expected LimitReached"))),
    }
}

async fn live<S: Sessions>(store: &S, login: &Login, now: SystemTime) -> Outcome<Vec<String>> {
    let page = store.list(ListRequest::new(login.subject(), now)).await?;
    Ok(page.sessions.into_iter().map(|session| session.id).collect())
}

pub(crate) async fn a_limit_ends_what_was_unused_for_longest<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    let [a, b, c, d, e] = ["a", "b", "c", "d", "e"].map(|device| login.also(device));
    let limit = SessionLimit::evict(3);
    for (session, now) in [(&a, 0), (&b, SECOND), (&c, 2 * SECOND)] {
        start_evicts(&store, session, limit, at(now), &[], "below the limit").await?;
    }
    // The oldest session is in use.
    let touch = TouchRequest::new(a.access(), at(HOUR)).idle(millis(IDLE));
    store.touch(touch).await?.must_be(ACTIVE, "a touch of the oldest session")?;
    start_evicts(&store, &d, limit, at(HOUR + SECOND), &[&b], "after a touch of the oldest session").await?;

    let now = at(HOUR + MINUTE);
    let which = "a session that a limit has ended";
    b.dead(&store, now, which).await?;
    let at_source = StateRequest::new(b.access(), now).consistency(Consistency::Source);
    store.state(at_source).await?.must_be(ENDED, which)?;
    b.state(&store, "first", now).await?.must_be(ENDED, which)?;
    b.rotate(&store, "first", "second", policy(), now).await?.must_be(Is::Ended, which)?;
    for session in [&a, &c, &d] {
        session.alive(&store, now, "a session that was used later than the one that ended").await?;
    }

    // An exchange is a use, too.
    c.rotate(&store, "first", "second", policy(), now).await?.must_be(Is::Rotated, "the current token")?;
    let now = at(HOUR + 2 * MINUTE);
    start_evicts(&store, &e, limit, now, &[&a], "after a rotation of an older session").await?;
    a.dead(&store, now, which).await?;
    for session in [&c, &d, &e] {
        session.alive(&store, now, "a session that was used later than the one that ended").await?;
    }
    Ok(())
}

pub(crate) async fn a_limit_ends_expired_sessions_first<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    let [old, short, new, ended, next] =
        ["old", "short", "new", "ended", "next"].map(|device| login.also(device));
    let limit = SessionLimit::evict(2);
    start_evicts(&store, &old, limit, at(0), &[], "below the limit").await?;
    let session = short.new_session("first", at(1)).idle_expires_at(at(SECOND));
    store.start(StartRequest::new(session, at(1)).limit(Some(limit))).await?;
    // The expired session was used last, but it is not live.
    start_evicts(&store, &new, limit, at(SECOND), &[], "at the limit, with an expired session").await?;
    for session in [&old, &new] {
        session.alive(&store, at(SECOND), "a live session, while an expired one could end").await?;
    }
    // A store may end it, and a copy may not know it.
    let at_source = StateRequest::new(short.access(), at(SECOND)).consistency(Consistency::Source);
    store.state(at_source).await?.must_be(DEAD, "an expired session, after a start at the limit")?;

    store.end(EndRequest::new(new.one(), at(MINUTE))).await?.must_be(1, "live sessions ended")?;
    start_evicts(&store, &ended, limit, at(MINUTE), &[], "at the limit, after a session was ended").await?;
    let before = login.before(at(MINUTE));
    store.end(EndRequest::new(before, at(HOUR))).await?.must_be(1, "live sessions cut off")?;
    start_evicts(&store, &next, limit, at(HOUR), &[], "at the limit, after a session was cut off").await?;
    ended.alive(&store, at(HOUR), "a live session, while a session that was cut off could end").await
}

pub(crate) async fn a_limit_can_reject<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    let [a, b, c, d] = ["a", "b", "c", "d"].map(|device| login.also(device));
    let limit = SessionLimit::reject(2);
    for session in [&a, &b] {
        ensure!(
            !is_rejected(start(&store, session, limit, at(0)).await)?,
            "start rejected a session below the limit"
        );
    }
    for now in [0, SECOND, DAY] {
        ensure!(
            is_rejected(start(&store, &c, limit, at(now)).await)?,
            "start did not reject a session at the limit"
        );
    }
    for session in [&a, &b] {
        session.alive(&store, at(DAY), "a session, after a start that the limit has rejected").await?;
    }
    let asked = "the token of a session that the limit has rejected";
    c.rotate(&store, "first", "second", policy(), at(DAY)).await?.must_be(Is::Unknown, asked)?;

    store.end(EndRequest::new(a.one(), at(DAY))).await?.must_be(1, "live sessions ended")?;
    ensure!(
        !is_rejected(start(&store, &c, limit, at(DAY)).await)?,
        "start rejected a session after another one was ended"
    );
    ensure!(
        is_rejected(start(&store, &d, limit, at(DAY)).await)?,
        "start did not reject a session at the limit"
    );
    ensure!(
        !is_rejected(start(&store, &d, limit, at(IDLE)).await)?,
        "start rejected a session after another one has expired"
    );
    c.alive(&store, at(IDLE), "a live session, after a start").await
}

pub(crate) async fn a_limit_is_of_one_subject<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    let namesake = Login { issuer: names.name("other issuer"), ..login.also("namesake") };
    let other = names.login("other");
    let limit = SessionLimit::evict(1);
    for session in [&login, &namesake, &other] {
        start_evicts(&store, session, limit, at(0), &[], "the first session of a subject").await?;
    }
    for session in [&login, &namesake, &other] {
        session.alive(&store, at(1), "the only session of a subject").await?;
    }
    start_evicts(&store, &login.also("second"), limit, at(1), &[&login], "the second session").await?;
    for session in [&namesake, &other] {
        session.alive(&store, at(1), "the only session of a subject").await?;
    }
    Ok(())
}

pub(crate) async fn a_new_limit_ends_the_whole_surplus<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    const MANY: i64 = 1_300;
    let store = fixture.open().await;
    let login = names.login("user");
    let other = names.login("other");
    other.start(&store, "first", at(0)).await?;
    let device = |number: i64| login.also(&number.to_string());
    for number in 0..MANY {
        device(number).start(&store, "first", at(number)).await?;
    }
    let used = device(3);
    let touch = TouchRequest::new(used.access(), at(HOUR)).idle(millis(IDLE));
    store.touch(touch).await?.must_be(ACTIVE, "a touch")?;
    let evicted = start(&store, &login, SessionLimit::evict(4), at(HOUR)).await?.evicted;
    let expected = MANY - 3;
    ensure!(
        i64::try_from(evicted.iter().collect::<BTreeSet<_>>().len()) == Ok(expected)
            && i64::try_from(evicted.len()) == Ok(expected),
        "a new limit has evicted {} sessions, expected {expected}",
        evicted.len()
    );
    let left: BTreeSet<_> = live(&store, &login, at(HOUR)).await?.into_iter().collect();
    let right = [login.clone(), used, device(MANY - 1), device(MANY - 2)].map(|login| login.id).into();
    ensure!(left == right, "a new limit has kept {left:?}, expected {right:?}");
    device(MANY - 3).dead(&store, at(HOUR), "a session that a new limit has ended").await?;
    other.alive(&store, at(HOUR), "a session of another subject").await
}

pub(crate) async fn a_limit_holds_in_a_race<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    const MOST: usize = 5;
    const TASKS: usize = 40;
    let store = Arc::new(fixture.open().await);
    for round in 0..20 {
        let evicts = round % 2 == 0;
        let limit = if evicts { SessionLimit::evict(MOST) } else { SessionLimit::reject(MOST) };
        let login = names.login(&round.to_string());
        let tasks = (0..TASKS).map(|task| {
            let (store, login) = (Arc::clone(&store), login.also(&task.to_string()));
            async move { Ok((login.id.clone(), start(&*store, &login, limit, at(1)).await)) }
        });
        let mut evicted = Vec::new();
        let mut started = BTreeSet::new();
        for (id, outcome) in race::all(tasks.collect()).await? {
            match outcome {
                Ok(outcome) => {
                    ensure!(
                        evicts || outcome.evicted.is_empty(),
                        "a limit that rejects has evicted sessions"
                    );
                    started.insert(id);
                    evicted.extend(outcome.evicted);
                }
                error => {
                    let rejected = is_rejected(error)?;
                    ensure!(rejected && !evicts, "a limit that evicts has rejected a session");
                }
            }
        }
        let mut left: Vec<_> = live(&*store, &login, at(2)).await?;
        ensure!(
            left.len() == MOST,
            "{} sessions are live after {TASKS} concurrent starts with a limit of {MOST}",
            left.len()
        );
        for id in &evicted {
            let gone = Login { id: id.clone(), ..login.clone() };
            gone.dead(&*store, at(2), "a session that a concurrent start has evicted").await?;
        }
        left.extend(evicted);
        let accounted: BTreeSet<_> = left.iter().cloned().collect();
        ensure!(
            accounted == started && left.len() == started.len(),
            "each session that started must be live or evicted by one other start"
        );
    }
    Ok(())
}
