//! Clocks that are set back, or differ between nodes.

use jwt_session::{EndRequest, Sessions, StateRequest, TokenRef, TouchRequest};

use crate::Fixture;
use crate::expect::{ACTIVE, ENDED, Is, MustBe as _, Outcome, REVOKED};
use crate::login::{Login, Names};
use crate::time::{DAY, HOUR, IDLE, SECOND, YEAR, at, millis, policy, strict};

pub(crate) async fn a_clock_set_back_ends_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for back in [1, SECOND, HOUR, YEAR] {
        let login = names.login(&back.to_string());
        let which = format!("a live session, with the clock set back by {back} ms");
        login.start(&store, "first", at(0)).await?;
        login.alive(&store, at(-back), &which).await?;
        login.state(&store, "first", at(-back)).await?.must_be(ACTIVE, &which)?;
        login.rotate(&store, "first", "second", strict(), at(-back)).await?.must_be(Is::Rotated, &which)?;
        store
            .touch(TouchRequest::new(login.access(), at(-back)).idle(millis(IDLE)))
            .await?
            .must_be(ACTIVE, &which)?;
        login
            .rotate(&store, "second", "third", strict(), at(-back - 1))
            .await?
            .must_be(Is::Rotated, &which)?;
        login.alive(&store, at(-back - 2), &which).await?;
    }
    Ok(())
}

pub(crate) async fn a_wrong_clock_shortens_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for back in [HOUR, YEAR] {
        let (used, touched) = (names.login(&format!("used {back}")), names.login(&format!("touched {back}")));
        used.start(&store, "first", at(0)).await?;
        touched.start(&store, "first", at(0)).await?;
        let rotation = used.rotate(&store, "first", "second", strict(), at(-back)).await?;
        rotation.must_be(Is::Rotated, "the current token, with the clock set back")?;
        store
            .touch(TouchRequest::new(touched.access(), at(-back)).idle(millis(IDLE)))
            .await?
            .must_be(ACTIVE, "a touch")?;
        let which =
            format!("a session touched while the clock was {back} ms slow, after the clock was corrected");
        touched.alive(&store, at(IDLE - 1), &which).await?;
        let which =
            format!("a session rotated while the clock was {back} ms slow, after the clock was corrected");
        used.alive(&store, at(SECOND), &which).await?;
        used.rotate(&store, "second", "third", strict(), at(SECOND)).await?.must_be(Is::Rotated, &which)?;
    }
    Ok(())
}

pub(crate) async fn a_clock_set_back_revives_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for back in [1, SECOND, HOUR, YEAR] {
        let (ended, reused, cut_off) = (
            names.login(&format!("ended {back}")),
            names.login(&format!("reused {back}")),
            names.login(&format!("cut off {back}")),
        );
        for login in [&ended, &reused, &cut_off] {
            login.start(&store, "first", at(0)).await?;
            let rotation = login.rotate(&store, "first", "second", strict(), at(1)).await?;
            rotation.must_be(Is::Rotated, "the current token")?;
        }
        store.end(EndRequest::new(ended.one(), at(2))).await?.must_be(1, "live sessions ended")?;
        reused
            .rotate(&store, "first", "third", strict(), at(2))
            .await?
            .must_be(Is::Reused, "a spent token")?;
        store
            .end(EndRequest::new(cut_off.before(at(2)), at(2)))
            .await?
            .must_be(1, "live sessions cut off")?;
        for (login, what) in [(&ended, "ended"), (&reused, "ended by reuse"), (&cut_off, "cut off")] {
            let which = format!("a session {what}, with the clock set back by {back} ms");
            login.dead(&store, at(-back), &which).await?;
            for token in ["second", "first", "third"] {
                let rotation = login.rotate(&store, token, "next", policy(), at(-back)).await?;
                rotation.must_be(Is::Ended, &which)?;
            }
            store
                .touch(TouchRequest::new(login.access(), at(-back)).idle(millis(IDLE)))
                .await?
                .must_be(ENDED, &which)?;
            login.dead(&store, at(-back), &which).await?;
            login.dead(&store, at(3), &which).await?;
        }
        let token = TokenRef::new(cut_off.subject(), "token").issued_at(at(0));
        let which = format!("a token without a session, cut off, with the clock set back by {back} ms");
        store.state(StateRequest::new(token, at(-back))).await?.must_be(REVOKED, &which)?;
    }
    Ok(())
}

pub(crate) async fn ending_works_while_the_clock_is_set_back<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for back in [HOUR, YEAR] {
        let (one, all) = (names.login(&format!("one {back}")), names.login(&format!("all {back}")));
        let (but, cut_off) = (names.login(&format!("but {back}")), names.login(&format!("cut off {back}")));
        for login in [&one, &all, &but, &cut_off] {
            login.start(&store, "first", at(0)).await?;
        }
        let kept = but.also("kept");
        for (selector, login, which) in [
            (one.one(), &one, "by its id"),
            (all.all(), &all, "with all of its subject"),
            (kept.all_but_this(), &but, "with all but one of its subject"),
            (cut_off.before(at(1)), &cut_off, "by a cutoff"),
        ] {
            let which = format!("a session ended {which}, with the clock set back by {back} ms");
            store.end(EndRequest::new(selector, at(-back))).await?.must_be(1, &which)?;
            login.dead(&store, at(-back), &which).await?;
            login.dead(&store, at(1), &which).await?;
            login.rotate(&store, "first", "next", policy(), at(1)).await?.must_be(Is::Ended, &which)?;
        }
    }
    Ok(())
}

pub(crate) async fn nodes_may_differ<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "0", at(0)).await?;
    // Two nodes serve one session in turn. The clock of one is a second slow.
    for step in 1..=40_i64 {
        let now = at(step * HOUR - if step % 2 == 0 { SECOND } else { 0 });
        let late = at(step * HOUR - if step % 2 == 0 { 0 } else { SECOND });
        let (presented, next) = ((step - 1).to_string(), step.to_string());
        let asked = format!("rotation {step} on nodes whose clocks differ");
        login.rotate(&store, &presented, &next, policy(), now).await?.must_be(Is::Rotated, &asked)?;
        let asked = format!("the previous token on the other node, after rotation {step}");
        login.rotate(&store, &presented, "more", policy(), late).await?.must_be(Is::Grace(&next), &asked)?;
        login.state(&store, &next, late).await?.must_be(ACTIVE, &asked)?;
    }
    login.alive(&store, at(40 * HOUR + DAY), "a session on nodes whose clocks differ").await
}

pub(crate) async fn sessions_of_a_fast_clock_are_cut_off<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (everyone, fast, age) in [
        (false, 1, 0),
        (false, 4 * SECOND, 0),
        (false, HOUR, 1),
        (true, 4 * SECOND, 0),
        (true, 4 * SECOND, SECOND),
    ] {
        let names = names.inner(&format!("{everyone} {fast} {age}"));
        let login = names.login("user");
        let (other, late) = (names.login("other"), login.also("late"));
        let elsewhere = Login { issuer: names.name("other issuer"), ..login.also("elsewhere") };
        for session in [&login, &other, &elsewhere] {
            session.start(&store, "first", at(fast)).await?;
        }
        let cut_off =
            |age: i64| if everyone { login.everyone_before(at(-age)) } else { login.before(at(-age)) };
        // It counts as started now, so it is newer than an older cutoff.
        store.end(EndRequest::new(cut_off(HOUR), at(0))).await?.must_be(
            0,
            "live sessions ended by a cutoff an hour ago, all started by a node with a fast clock",
        )?;
        login
            .alive(&store, at(0), "a session of a node with a fast clock, after a cutoff an hour ago")
            .await?;

        store.end(EndRequest::new(cut_off(age), at(0))).await?.must_be(
            if everyone { 2 } else { 1 },
            "live sessions, started by a node with a fast clock, cut off now",
        )?;
        let which = format!("a session of a node whose clock is {fast} ms fast, after a cutoff {age} ms ago");
        login.dead(&store, at(0), &which).await?;
        login.dead(&store, at(fast), &which).await?;
        login.rotate(&store, "first", "second", policy(), at(fast)).await?.must_be(Is::Ended, &which)?;
        if everyone {
            other.dead(&store, at(0), &which).await?;
        } else {
            other.alive(&store, at(0), "a session of another subject").await?;
        }
        elsewhere.alive(&store, at(0), "a session of another issuer").await?;
        late.start(&store, "first", at(fast)).await?;
        late.alive(&store, at(1), "a session of a node with a fast clock that started after the cutoff")
            .await?;
    }
    Ok(())
}
