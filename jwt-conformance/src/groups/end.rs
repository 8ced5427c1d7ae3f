//! Ending one session, all sessions of a subject, or all except one.

use jwt_session::{EndRequest, ListRequest, Selector, Sessions};

use crate::Fixture;
use crate::expect::{Is, MustBe as _, Outcome, ensure};
use crate::login::{Login, Names};
use crate::time::{DAY, IDLE, LIFE, YEAR, at, policy};

/// Starts three live sessions of a subject, one that has ended, and one that has expired. Returns the live ones.
async fn five<S: Sessions>(store: &S, names: &Names, name: &str) -> Outcome<[Login; 3]> {
    let login = names.login(name);
    let (ended, over) = (login.also("ended"), login.also("over"));
    over.start(store, "over", at(-IDLE)).await?;
    ended.start(store, "ended", at(-DAY)).await?;
    store.end(EndRequest::new(ended.one(), at(-1))).await?.must_be(1, "live sessions ended")?;
    let live = [login.also("phone"), login.also("tablet"), login.also("desktop")];
    for one in &live {
        one.start(store, &one.id, at(-DAY)).await?;
    }
    Ok(live)
}

pub(crate) async fn one_session_ends_alone<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let [phone, tablet, desktop] = five(&store, names, "user").await?;
    store.end(EndRequest::new(phone.one(), at(0))).await?.must_be(1, "live sessions ended by its id")?;
    phone.dead(&store, at(1), "the session that was ended").await?;
    for other in [tablet, desktop] {
        other.alive(&store, at(1), "another session of its subject").await?;
    }
    store
        .end(EndRequest::new(phone.one(), at(2)))
        .await?
        .must_be(0, "live sessions ended by the id of an ended session")?;
    store
        .end(EndRequest::new(names.login("none").one(), at(2)))
        .await?
        .must_be(0, "live sessions ended by an unknown id")
}

pub(crate) async fn all_sessions_of_a_subject_end<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, other) = (fixture.open().await, names.login("other"));
    other.start(&store, "other", at(-DAY)).await?;
    let live = five(&store, names, "user").await?;
    let [phone, ..] = &live;
    let rotation = phone.rotate(&store, &phone.id, "next", policy(), at(-1)).await?;
    rotation.must_be(Is::Rotated, "the current token")?;
    store
        .end(EndRequest::new(phone.all(), at(0)))
        .await?
        .must_be(3, "live sessions ended, of three live sessions")?;
    for one in &live {
        one.dead(&store, at(1), "a session, after all sessions of its subject were ended").await?;
    }
    let asked = "the current token, after all sessions were ended";
    phone.rotate(&store, "next", "more", policy(), at(1)).await?.must_be(Is::Ended, asked)?;
    other.alive(&store, at(1), "another subject's session").await?;
    store
        .end(EndRequest::new(phone.all(), at(2)))
        .await?
        .must_be(0, "live sessions ended, after all had ended")?;
    let again = phone.also("again");
    again.start(&store, "again", at(2)).await?;
    again.alive(&store, at(3), "a session that started after all were ended").await
}

pub(crate) async fn all_sessions_but_one_end<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, other) = (fixture.open().await, names.login("other"));
    other.start(&store, "other", at(-DAY)).await?;
    let [phone, tablet, desktop] = five(&store, names, "user").await?;
    store
        .end(EndRequest::new(phone.all_but_this(), at(0)))
        .await?
        .must_be(2, "live sessions ended, all except one of three")?;
    for ended in [tablet, desktop] {
        ended.dead(&store, at(1), "a session that the call should have ended").await?;
    }
    phone.alive(&store, at(1), "the excepted session").await?;
    other.alive(&store, at(1), "another subject's session").await?;
    // The excepted session belongs to another subject, so all of this subject's sessions end.
    let all = Selector::AllExcept { subject: phone.subject(), session: &other.id };
    store
        .end(EndRequest::new(all, at(2)))
        .await?
        .must_be(1, "live sessions ended, all except a session of another subject")?;
    phone.dead(&store, at(3), "a session that the call should have ended").await?;
    other.alive(&store, at(3), "another subject's session").await
}

pub(crate) async fn what_has_ended_stays_so<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let live = five(&store, names, "user").await?;
    let [phone, ..] = &live;
    store.end(EndRequest::new(phone.all(), at(0))).await?;
    for now in [at(-YEAR), at(-DAY), at(1), at(LIFE - 1), at(LIFE), at(YEAR), at(50 * YEAR), at(0)] {
        for one in &live {
            one.dead(&store, now, "a session that has ended").await?;
            one.rotate(&store, &one.id, "next", policy(), now)
                .await?
                .must_be(Is::Dead, "a token of an ended session")?;
        }
    }
    Ok(())
}

pub(crate) async fn many_sessions_of_one_subject<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let sessions: Vec<_> = (0..300).map(|device| login.also(&device.to_string())).collect();
    for (second, session) in (0..).zip(&sessions) {
        session.start(&store, &session.id, at(second)).await?;
    }
    let listed = store.list(ListRequest::new(login.subject(), at(500))).await?.sessions.len();
    ensure!(listed == 300, "list returned {listed} of 300 sessions");
    let Some(last) = sessions.last() else { return Ok(()) };
    store
        .end(EndRequest::new(last.all_but_this(), at(501)))
        .await?
        .must_be(299, "live sessions ended, all except one of 300")?;
    last.alive(&store, at(502), "the excepted session, of 300").await?;
    let listed = store.list(ListRequest::new(login.subject(), at(503))).await?.sessions.len();
    ensure!(listed == 1, "list returned {listed} sessions, after all except one of 300 have ended");
    Ok(())
}
