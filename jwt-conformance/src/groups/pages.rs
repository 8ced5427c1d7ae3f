//! The list, page by page.

use std::time::SystemTime;

use jwt_session::{
    EndRequest, ListRequest, PAGE_LIMIT, Position, SessionPage, Sessions, StartRequest, TouchRequest,
};

use crate::Fixture;
use crate::expect::{ACTIVE, MustBe as _, Outcome, ensure};
use crate::login::{Login, Names};
use crate::text::odd;
use crate::time::{HOUR, IDLE, MINUTE, SECOND, at, millis};

fn ids(page: &SessionPage) -> Vec<String> {
    page.sessions.iter().map(|session| session.id.clone()).collect()
}

async fn page<S: Sessions>(
    store: &S,
    login: &Login,
    limit: usize,
    after: Option<&Position>,
    now: SystemTime,
) -> Outcome<SessionPage> {
    Ok(store.list(ListRequest::new(login.subject(), now).limit(limit).after(after)).await?)
}

/// Returns the ids on each page, from the first page to the last.
async fn pages<S: Sessions>(
    store: &S,
    login: &Login,
    limit: usize,
    now: SystemTime,
) -> Outcome<Vec<Vec<String>>> {
    let (mut all, mut after) = (Vec::new(), None);
    loop {
        let page = page(store, login, limit, after.as_ref(), now).await?;
        all.push(ids(&page));
        ensure!(all.len() < 200, "pages with a limit of {limit} do not end");
        let Some(next) = page.next else { return Ok(all) };
        ensure!(!page.sessions.is_empty(), "an empty page has a next position");
        after = Some(next);
    }
}

/// Starts sessions of a subject, and returns them newest first.
async fn started<S: Sessions>(store: &S, login: &Login, starts: &[i64]) -> Outcome<Vec<Login>> {
    let mut logins = Vec::new();
    for start in starts {
        let session = login.also(&start.to_string());
        session.start(store, &session.id, at(*start)).await?;
        logins.push((*start, session));
    }
    logins.sort_by_key(|(start, _)| std::cmp::Reverse(*start));
    Ok(logins.into_iter().map(|(_, session)| session).collect())
}

pub(crate) async fn pages_are_the_list_in_parts<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let sessions = started(&store, &login, &[4, 2, 6, 1, 7, 3, 5]).await?;
    let all: Vec<_> = sessions.iter().map(|session| session.id.clone()).collect();
    let whole = store.list(ListRequest::new(login.subject(), at(10))).await?;
    ensure!(ids(&whole) == all, "list does not return seven sessions newest first");
    ensure!(whole.next.is_none(), "a page with all seven sessions has a next position");
    for limit in 1..=8 {
        let right: Vec<Vec<_>> = all.chunks(limit).map(<[_]>::to_vec).collect();
        let got = pages(&store, &login, limit, at(10)).await?;
        ensure!(got == right, "seven sessions on pages of {limit}: {got:?}, expected {right:?}");
    }
    // Pages contain the same data as the whole list.
    let first = page(&store, &login, 3, None, at(10)).await?;
    let second = page(&store, &login, 3, first.next.as_ref(), at(10)).await?;
    let both = [first.sessions, second.sessions].concat();
    ensure!(whole.sessions.starts_with(&both), "sessions on pages differ from those in the whole list");
    Ok(())
}

pub(crate) async fn the_last_page_says_so<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let nobody = page(&store, &login, 3, None, at(0)).await?;
    ensure!(nobody == SessionPage::default(), "the page of a subject without sessions is not empty");
    started(&store, &login, &[1, 2, 3, 4, 5, 6]).await?;
    let exact = page(&store, &login, 6, None, at(10)).await?;
    ensure!(exact.next.is_none(), "a full page with all of six sessions has a next position");
    let first = page(&store, &login, 3, None, at(10)).await?;
    ensure!(first.next.is_some(), "a page with the first three of six sessions has no next position");
    let second = page(&store, &login, 3, first.next.as_ref(), at(10)).await?;
    ensure!(second.next.is_none(), "a page with the last three of six sessions has a next position");
    let last = second.sessions.last().map(Position::from);
    let beyond = page(&store, &login, 3, last.as_ref(), at(10)).await?;
    ensure!(beyond == SessionPage::default(), "the page after the last session is not empty");
    Ok(())
}

pub(crate) async fn a_page_has_at_most_its_limit<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    for (first, more) in [(0, 5), (5, PAGE_LIMIT - 4)] {
        for number in first..first + more {
            let session = login.also(&number.to_string());
            session.start(&store, &session.id, at(i64::try_from(number).unwrap_or_default())).await?;
        }
        let there = first + more;
        for (limit, right) in [
            (0, 1),
            (1, 1),
            (2, 2),
            (PAGE_LIMIT - 1, there.min(PAGE_LIMIT - 1)),
            (PAGE_LIMIT, there.min(PAGE_LIMIT)),
            (PAGE_LIMIT + 1, there.min(PAGE_LIMIT)),
            (usize::MAX, there.min(PAGE_LIMIT)),
        ] {
            let page = page(&store, &login, limit, None, at(HOUR)).await?;
            let got = page.sessions.len();
            ensure!(
                got == right,
                "{there} sessions and a limit of {limit}: {got} on a page, expected {right}"
            );
            ensure!(
                page.next.is_some() == (got < there),
                "{there} sessions, {got} on a page: the next position is present or missing by mistake"
            );
        }
    }
    Ok(())
}

pub(crate) async fn sessions_of_one_start_are_all_on_pages<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let mut right = Vec::new();
    for (start, devices) in [(0, ["b", "a", "B"]), (1, ["e", "c", "d"]), (2, ["f", "ä", "h"])] {
        for device in devices {
            let session = login.also(device);
            session.start(&store, &session.id, at(start)).await?;
            right.push(session.id);
        }
    }
    right.sort_unstable();
    let whole = ids(&store.list(ListRequest::new(login.subject(), at(10))).await?);
    for limit in 1..=10 {
        let got = pages(&store, &login, limit, at(10)).await?.concat();
        ensure!(
            got == whole,
            "sessions that started in one millisecond: pages of {limit} are in a different order from the list"
        );
    }
    let mut sorted = whole;
    sorted.sort_unstable();
    ensure!(
        sorted == right,
        "sessions that started in one millisecond: {sorted:?} are on pages, expected {right:?}"
    );
    Ok(())
}

pub(crate) async fn pages_have_each_session_once_whatever_changes<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for limit in [1, 2, 3] {
        let login = names.login(&limit.to_string());
        let starts: Vec<i64> = (1..=12).collect();
        let sessions = started(&store, &login, &starts).await?;
        let (mut seen, mut after, mut turn) = (Vec::new(), None, 0);
        loop {
            let page = page(&store, &login, limit, after.as_ref(), at(SECOND + turn)).await?;
            seen.extend(ids(&page));
            let Some(next) = page.next else { break };
            turn += 1;
            // The last session of the page ends, a newer one starts, and one that was already seen is used.
            for session in sessions.iter().filter(|session| session.id == next.id) {
                store
                    .end(EndRequest::new(session.one(), at(SECOND + turn)))
                    .await?
                    .must_be(1, "live sessions ended")?;
            }
            login
                .also(&format!("new {turn}"))
                .start(&store, &format!("new {turn}"), at(SECOND + turn))
                .await?;
            after = Some(next);
        }
        let right: Vec<_> = sessions.iter().map(|session| session.id.clone()).collect();
        ensure!(
            seen == right,
            "pages of {limit}, while sessions end and start: {seen:?}, expected {right:?}"
        );
    }

    let login = names.login("behind");
    let sessions = started(&store, &login, &[1, 2, 3, 4, 5, 6]).await?;
    let first = page(&store, &login, 2, None, at(10)).await?;
    let [_, seen, gone, used, ..] = &*sessions else { return Ok(()) };
    store.end(EndRequest::new(gone.one(), at(11))).await?.must_be(1, "live sessions ended")?;
    for session in [seen, used] {
        let touch = TouchRequest::new(session.access(), at(12)).idle(millis(IDLE));
        store.touch(touch).await?.must_be(ACTIVE, "a touch")?;
    }
    let second = ids(&page(&store, &login, 2, first.next.as_ref(), at(13)).await?);
    let right: Vec<_> = sessions.iter().skip(3).take(2).map(|session| session.id.clone()).collect();
    ensure!(second == right, "the page after a session that has ended: {second:?}, expected {right:?}");
    Ok(())
}

pub(crate) async fn pages_have_live_sessions_only<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    // The newest sessions have ended, and so has every other one.
    let sessions = started(&store, &login, &[1, 2, 3, 4, 5, 6, 7, 8]).await?;
    for session in sessions.iter().step_by(2) {
        store.end(EndRequest::new(session.one(), at(10))).await?.must_be(1, "live sessions ended")?;
    }
    for number in 0..3 {
        let over = login.also(&format!("over {number}"));
        let new = over.new_session(&over.id, at(11)).idle_expires_at(at(MINUTE));
        store.start(StartRequest::new(new, at(11))).await?;
    }
    let live: Vec<_> = sessions.iter().skip(1).step_by(2).map(|session| session.id.clone()).collect();
    for limit in [1, 2, 4] {
        let right: Vec<Vec<_>> = live.chunks(limit).map(<[_]>::to_vec).collect();
        let got = pages(&store, &login, limit, at(MINUTE)).await?;
        ensure!(got == right, "four live sessions on pages of {limit}: {got:?}, expected {right:?}");
    }
    let cut_off = EndRequest::new(login.before(at(5)), at(MINUTE));
    store.end(cut_off).await?.must_be(2, "live sessions cut off")?;
    let got = pages(&store, &login, 1, at(MINUTE)).await?.concat();
    ensure!(
        live.starts_with(&got) && got.len() == 2,
        "after a cutoff: {got:?} are on pages, expected the last two"
    );
    Ok(())
}

pub(crate) async fn pages_are_of_one_subject<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    let other = names.login("other");
    let elsewhere =
        Login { issuer: names.name("other issuer"), id: names.name("elsewhere"), ..login.clone() };
    let own = started(&store, &login, &[1, 4, 7]).await?;
    let theirs = started(&store, &other, &[2, 5, 8]).await?;
    started(&store, &elsewhere, &[3, 6, 9]).await?;
    let own: Vec<_> = own.into_iter().map(|session| session.id).collect();
    for limit in [1, 2, 3] {
        let got = pages(&store, &login, limit, at(10)).await?.concat();
        ensure!(got == own, "pages of {limit} of one of three subjects: {got:?}, expected {own:?}");
    }
    // The position of another subject's session is also a position in this list.
    let [_, theirs, _] = &*theirs else { return Ok(()) };
    let got = ids(&page(&store, &login, 3, Some(&Position::new(at(5), theirs.id.clone())), at(10)).await?);
    ensure!(
        own.ends_with(&got) && got.len() == 2,
        "after another subject's session: {got:?}, expected the last two"
    );
    Ok(())
}

pub(crate) async fn positions_have_any_text<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let mut right = Vec::new();
    for text in odd() {
        for id in names.both_ways(&text) {
            let session = Login { id, ..login.clone() };
            session.start(&store, "first", at(0)).await?;
            right.push(session.id);
        }
    }
    right.sort_unstable();
    for limit in [1, 7] {
        let mut got = pages(&store, &login, limit, at(1)).await?.concat();
        got.sort_unstable();
        let (found, all) = (got.len(), right.len());
        ensure!(got == right, "pages of {limit} have {found} sessions with odd ids, expected {all}");
    }
    Ok(())
}
