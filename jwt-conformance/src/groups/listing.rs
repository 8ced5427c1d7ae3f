//! The list of a subject's live sessions.

use std::time::SystemTime;

use jwt_session::{EndRequest, ListRequest, Session, Sessions, StartRequest, TouchRequest};

use crate::Fixture;
use crate::expect::{ACTIVE, Is, MustBe as _, Outcome, ensure};
use crate::login::{Login, Names};
use crate::time::{DAY, HOUR, IDLE, LIFE, SECOND, at, millis, policy};

/// Checks that the list consists of exactly these sessions.
async fn is_listed<S: Sessions>(
    store: &S,
    login: &Login,
    now: SystemTime,
    right: &[Session],
    when: &str,
) -> Outcome {
    let listed = store.list(ListRequest::new(login.subject(), now)).await?.sessions;
    let ids = |sessions: &[Session]| -> Vec<_> { sessions.iter().map(|one| one.id.clone()).collect() };
    let (got, wanted) = (ids(&listed), ids(right));
    ensure!(got == wanted, "{when}: list returned {got:?}, expected {wanted:?}, newest first");
    for (got, right) in listed.iter().zip(right) {
        let id = &got.id;
        ensure!(got.label == right.label, "{when}: list returned the wrong label for {id:?}");
        ensure!(got.started_at == right.started_at, "{when}: list returned the wrong started_at for {id:?}");
        ensure!(
            got.last_used_at == right.last_used_at,
            "{when}: list returned the wrong last_used_at for {id:?}"
        );
        ensure!(got.rotated_at == right.rotated_at, "{when}: list returned the wrong rotated_at for {id:?}");
        ensure!(got.expires_at == right.expires_at, "{when}: list returned the wrong expires_at for {id:?}");
    }
    Ok(())
}

pub(crate) async fn live_sessions_are_listed_newest_first<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    is_listed(&store, &login, at(0), &[], "before the first login").await?;
    // All start within a second, and not in the order of their names.
    let (phone, tablet, desktop) = (login.also("b"), login.also("c"), login.also("a"));
    store.start(StartRequest::new(phone.new_session("phone", at(1)).label("Telephone"), at(1))).await?;
    store.start(StartRequest::new(tablet.new_session("tablet", at(2)), at(2))).await?;
    store.start(StartRequest::new(desktop.new_session("desktop", at(3)).label(""), at(3))).await?;
    let session = |one: &Login, started| Session::new(one.id.clone(), at(started), at(started + IDLE));
    let label = |text: &str| Some(text.to_owned());
    let new = [
        session(&desktop, 3).label(label("")),
        session(&tablet, 2),
        session(&phone, 1).label(label("Telephone")),
    ];
    is_listed(&store, &login, at(4), &new, "after three logins").await?;

    let rotation = phone.rotate(&store, "phone", "next", policy(), at(HOUR)).await?;
    rotation.must_be(Is::Rotated, "the current token")?;
    let used = Session::new(phone.id.clone(), at(1), at(HOUR + IDLE))
        .label(label("Telephone"))
        .last_used_at(at(HOUR))
        .rotated_at(at(HOUR));
    let [newest, middle, _] = new;
    let all = [newest.clone(), middle, used.clone()];
    is_listed(&store, &login, at(HOUR), &all, "after a rotation in the oldest session").await?;
    store.end(EndRequest::new(tablet.one(), at(HOUR))).await?.must_be(1, "live sessions ended")?;
    is_listed(&store, &login, at(HOUR), &[newest, used.clone()], "after one session was ended").await?;
    is_listed(&store, &login, at(IDLE + 3), &[used], "when one session has been idle for too long").await?;
    is_listed(&store, &login, at(IDLE + HOUR), &[], "when all sessions have been idle for too long").await
}

pub(crate) async fn the_order_is_that_of_the_starts<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    let starts = [0, 5, 3, 999, 1, SECOND, -DAY, DAY, 2];
    for start in starts {
        login.also(&start.to_string()).start(&store, &start.to_string(), at(start)).await?;
    }
    let mut sorted = starts;
    sorted.sort_unstable_by(|one, other| other.cmp(one));
    let right = sorted.map(|start| {
        let id = login.also(&start.to_string()).id;
        Session::new(id, at(start), at(start + IDLE))
    });
    is_listed(&store, &login, at(DAY), &right, "after logins out of order").await
}

pub(crate) async fn the_list_tells_the_last_rotation<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    let touch = |now| TouchRequest::new(login.access(), at(now)).idle(millis(IDLE));
    store.touch(touch(HOUR)).await?.must_be(ACTIVE, "a touch")?;
    let used = Session::new(login.id.clone(), at(0), at(HOUR + IDLE)).last_used_at(at(HOUR));
    is_listed(&store, &login, at(HOUR), &[used], "after a touch, before the first rotation").await?;

    let rotation = login.rotate(&store, "first", "second", policy(), at(DAY)).await?;
    rotation.must_be(Is::Rotated, "the current token")?;
    let rotation = login.rotate(&store, "first", "third", policy(), at(DAY + 1)).await?;
    rotation.must_be(Is::Grace("second"), "the previous token within grace")?;
    store.touch(touch(2 * DAY)).await?.must_be(ACTIVE, "a touch")?;
    let used = Session::new(login.id.clone(), at(0), at(2 * DAY + IDLE)).last_used_at(at(2 * DAY));
    is_listed(&store, &login, at(2 * DAY), &[used.rotated_at(at(DAY))], "after a touch, and after a rotation")
        .await
}

pub(crate) async fn the_list_tells_the_nearer_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let mut now = 0;
    login.start(&store, "0", at(now)).await?;
    while now < LIFE - DAY {
        let next = (now + 9 * DAY).min(LIFE - DAY);
        let (presented, token) = (now.to_string(), next.to_string());
        let rotation = login.rotate(&store, &presented, &token, policy(), at(next)).await?;
        rotation.must_be(Is::Rotated, "the current token")?;
        now = next;
        let limit = at((now + IDLE).min(LIFE));
        let right = Session::new(login.id.clone(), at(0), limit).last_used_at(at(now)).rotated_at(at(now));
        is_listed(&store, &login, at(now), &[right], "near the absolute limit of a session").await?;
    }
    Ok(())
}

pub(crate) async fn sessions_that_were_cut_off_are_not_listed<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let (old, new) = (login.also("old"), login.also("new"));
    old.start(&store, "old", at(0)).await?;
    new.start(&store, "new", at(1)).await?;
    store
        .end(EndRequest::new(login.everyone_before(at(1)), at(2)))
        .await?
        .must_be(1, "live sessions cut off")?;
    let right = [Session::new(new.id.clone(), at(1), at(1 + IDLE))];
    is_listed(&store, &login, at(2), &right, "after a cutoff").await
}
