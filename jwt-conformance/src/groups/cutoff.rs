//! `Selector::IssuedBefore`.

use jwt_session::{EndRequest, Selector, Sessions, StartRequest, StateRequest, TokenRef};

use crate::Fixture;
use crate::expect::{ACTIVE, ENDED, MustBe as _, Outcome, REVOKED};
use crate::login::{Login, Names};
use crate::time::{DAY, HOUR, IDLE, MINUTE, SECOND, YEAR, at};

/// Checks whether a token without a session, issued at a time, is cut off.
async fn is_cut_off<S: Sessions>(
    store: &S,
    login: &Login,
    issued: i64,
    cut_off: bool,
    moment: &str,
) -> Outcome {
    let token = TokenRef::new(login.subject(), "token").issued_at(at(issued));
    let asked = format!("a token without a session with iat {issued} ms, and a cutoff at {moment}");
    let right = if cut_off { REVOKED } else { ACTIVE };
    store.state(StateRequest::new(token, at(MINUTE))).await?.must_be(right, &asked)
}

pub(crate) async fn sessions_are_cut_off_by_their_start<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for everyone in [false, true] {
        let login = names.login(if everyone { "one of all" } else { "user" });
        let (before, exactly) = (login.also("before"), login.also("exactly"));
        let (long_before, after) = (login.also("long before"), login.also("after"));
        for (session, start) in [(&long_before, -DAY), (&before, 499), (&exactly, 500), (&after, 501)] {
            session.start(&store, &session.id, at(start)).await?;
        }
        let moment = at(500);
        let selector = if everyone { login.everyone_before(moment) } else { login.before(moment) };
        store
            .end(EndRequest::new(selector, at(SECOND)))
            .await?
            .must_be(2, "live sessions that started before the cutoff")?;
        long_before.dead(&store, at(SECOND), "a session that started a day before the cutoff").await?;
        before.dead(&store, at(SECOND), "a session that started one millisecond before the cutoff").await?;
        exactly.alive(&store, at(SECOND), "a session that started at the cutoff").await?;
        after.alive(&store, at(SECOND), "a session that started one millisecond after the cutoff").await?;
        // The next round cuts off everyone, so end these sessions.
        store
            .end(EndRequest::new(login.all(), at(SECOND)))
            .await?
            .must_be(2, "live sessions that the cutoff has kept")?;
    }
    Ok(())
}

pub(crate) async fn tokens_of_no_session_are_cut_off_by_their_second<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (name, moment) in [("start", 0), ("middle", SECOND / 2), ("last", SECOND - 1)] {
        let login = names.login(name);
        is_cut_off(&store, &login, -HOUR, false, "no moment").await?;
        store.end(EndRequest::new(login.before(at(moment)), at(SECOND))).await?;
        let moment = format!("{moment} ms");
        is_cut_off(&store, &login, -HOUR, true, &moment).await?;
        is_cut_off(&store, &login, -SECOND, true, &moment).await?;
        is_cut_off(&store, &login, 0, true, &moment).await?;
        is_cut_off(&store, &login, SECOND, false, &moment).await?;
        is_cut_off(&store, &login, HOUR, false, &moment).await?;
    }
    Ok(())
}

pub(crate) async fn tokens_of_a_session_are_cut_off_by_its_start<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let old = names.login("user");
    let new = old.also("new");
    old.start(&store, "old", at(-1)).await?;
    new.start(&store, "new", at(SECOND / 2)).await?;
    store.end(EndRequest::new(old.before(at(SECOND / 2)), at(SECOND))).await?;
    let token = new.access().issued_at(at(0));
    let asked = "a token issued in the second of the cutoff, of a session that started at the cutoff";
    store.state(StateRequest::new(token, at(SECOND))).await?.must_be(ACTIVE, asked)?;
    let token = old.access().issued_at(at(HOUR));
    let asked = "a token issued after the cutoff, of a session that started before it";
    store.state(StateRequest::new(token, at(HOUR))).await?.must_be(ENDED, asked)
}

pub(crate) async fn a_cutoff_is_for_one_subject_or_for_everyone<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (one, two) = (names.login("one"), names.login("two"));
    let elsewhere = Login { issuer: names.name("other issuer"), id: names.name("elsewhere"), ..one.clone() };
    for login in [&one, &two, &elsewhere] {
        login.start(&store, &login.id, at(-1)).await?;
    }
    store
        .end(EndRequest::new(one.before(at(0)), at(1)))
        .await?
        .must_be(1, "live sessions of one subject cut off")?;
    one.dead(&store, at(2), "a session of the subject that was cut off").await?;
    is_cut_off(&store, &one, -HOUR, true, "0 ms for its subject").await?;
    two.alive(&store, at(2), "a session of another subject").await?;
    is_cut_off(&store, &two, -HOUR, false, "0 ms for another subject").await?;

    store
        .end(EndRequest::new(one.everyone_before(at(0)), at(3)))
        .await?
        .must_be(1, "live sessions of the issuer cut off")?;
    two.dead(&store, at(4), "a session of the issuer that was cut off").await?;
    is_cut_off(&store, &two, -HOUR, true, "0 ms for everyone").await?;
    elsewhere.alive(&store, at(4), "a session of another issuer").await?;
    is_cut_off(&store, &elsewhere, -HOUR, false, "0 ms for another issuer").await
}

pub(crate) async fn a_cutoff_in_the_future_holds_until_then<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for everyone in [false, true] {
        let login = names.login(if everyone { "one of all" } else { "user" });
        let moment = at(HOUR);
        store
            .end(EndRequest::new(
                if everyone { login.everyone_before(moment) } else { login.before(moment) },
                at(0),
            ))
            .await?;
        let (during, just_before, then) =
            (login.also("during"), login.also("just before"), login.also("then"));
        for (session, start) in [(&during, 1), (&just_before, HOUR - 1), (&then, HOUR)] {
            session.start(&store, &session.id, at(start)).await?;
        }
        during.dead(&store, at(HOUR), "a session that started after the call but before the cutoff").await?;
        just_before
            .dead(&store, at(HOUR), "a session that started one millisecond before the cutoff")
            .await?;
        then.alive(&store, at(HOUR), "a session that started at the cutoff").await?;
        store.end(EndRequest::new(then.all(), at(HOUR))).await?.must_be(1, "live sessions after a cutoff")?;
    }
    Ok(())
}

pub(crate) async fn a_cutoff_stays<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    login.start(&store, "first", at(0)).await?;
    for everyone in [false, true] {
        let moment = |milliseconds| Selector::IssuedBefore {
            issuer: &login.issuer,
            subject: (!everyone).then_some(login.name.as_str()),
            moment: at(milliseconds),
        };
        store.end(EndRequest::new(moment(SECOND), at(SECOND))).await?;
        store
            .end(EndRequest::new(moment(-HOUR), at(MINUTE)))
            .await?
            .must_be(0, "live sessions ended by an earlier cutoff")?;
        login.dead(&store, at(MINUTE), "a session that was cut off, after an earlier cutoff").await?;
        is_cut_off(&store, &login, 0, true, "1 s, and then at an hour earlier").await?;
    }
    let other = names.login("other");
    let token = TokenRef::new(other.subject(), "token").issued_at(at(0));
    for later in [IDLE, YEAR, 50 * YEAR, 0, -YEAR] {
        // A store may remove old data when it writes.
        store
            .start(StartRequest::new(
                other.also(&later.to_string()).new_session("other", at(later)),
                at(later),
            ))
            .await?;
        let asked = "a token without a session that was cut off, years later or earlier";
        store.state(StateRequest::new(token, at(later))).await?.must_be(REVOKED, asked)?;
    }
    Ok(())
}
