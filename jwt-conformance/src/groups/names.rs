//! Names in sessions: any text, compared exactly, never concatenated.

use jwt_session::{
    EndRequest, ListRequest, Revocation as _, RevokeRequest, Sessions, StartRequest, StateRequest,
    TouchRequest,
};

use crate::Fixture;
use crate::expect::{
    ACTIVE, Access, ENDED, Failure, Is, MustBe as _, Outcome, REVOKED, SPENT, UNKNOWN, ensure,
};
use crate::login::{Login, Names};
use crate::text::{SEPARATORS, alike, odd};
use crate::time::{DAY, at, millis, policy};

/// Runs a session through its life. Its tokens and its label contain the text.
async fn story<S: Sessions>(store: &S, login: &Login, text: &str) -> Outcome {
    let asked = format!("a session with the name {:?}", short(text));
    let (first, second, third) = (format!("1{text}"), format!("2{text}"), format!("{text}3"));
    store.start(StartRequest::new(login.new_session(&first, at(0)).label(text), at(0))).await?;
    login.rotate(store, &first, &second, policy(), at(1)).await?.must_be(Is::Rotated, &asked)?;
    login.rotate(store, &first, &third, policy(), at(2)).await?.must_be(Is::Grace(&second), &asked)?;
    login.rotate(store, &second, &third, policy(), at(3)).await?.must_be(Is::Rotated, &asked)?;
    login.state(store, &third, at(4)).await?.must_be(ACTIVE, &asked)?;
    store.touch(TouchRequest::new(login.access(), at(4)).idle(millis(DAY))).await?.must_be(ACTIVE, &asked)?;
    let listed = store.list(ListRequest::new(login.subject(), at(5))).await?.sessions;
    let [session] = listed.as_slice() else {
        return Err(Failure(format!("{asked}: list returned {} sessions, expected 1", listed.len())));
    };
    ensure!(session.id == login.id, "{asked}: list returned it with the wrong id");
    ensure!(session.label.as_deref() == Some(text), "{asked}: list returned it with the wrong label");
    store.revoke(RevokeRequest::new(login.refresh(&third), Some(at(DAY)), at(6))).await?;
    login.state(store, &third, at(7)).await?.must_be(REVOKED, &asked)?;
    store.end(EndRequest::new(login.one(), at(8))).await?.must_be(1, &asked)?;
    login.dead(store, at(9), &asked).await?;
    let again = login.also("again");
    again.start(store, &first, at(10)).await?;
    store.end(EndRequest::new(login.all(), at(11))).await?.must_be(1, &asked)?;
    let cut_off = login.also("cut off");
    cut_off.start(store, &first, at(12)).await?;
    store.end(EndRequest::new(login.before(at(13)), at(14))).await?.must_be(1, &asked)
}

pub(crate) async fn names_are_any_text<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for text in odd() {
        for odd in names.both_ways(&text) {
            let all = Login { issuer: format!("i{odd}"), name: format!("n{odd}"), id: format!("s{odd}") };
            story(&store, &all, &text).await?;
            let raw = Login { issuer: odd.clone(), name: text.clone(), id: odd.clone() };
            story(&store, &raw, &odd).await?;
        }
    }
    Ok(())
}

pub(crate) async fn issuers_and_subjects_may_be_empty<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    // Unique token names, because other checks may also lack an issuer.
    let text = names.name("");
    let nobody = Login { name: String::new(), ..names.login("nobody") };
    story(&store, &nobody, &text).await?;
    let nowhere = Login { issuer: String::new(), ..names.login("nowhere") };
    story(&store, &nowhere, &text).await
}

/// Returns the end of a name for a message. Long names differ at their ends.
fn short(name: &str) -> String {
    let skipped = name.chars().count().saturating_sub(40);
    name.chars().skip(skipped).collect()
}

/// Checks that the store distinguishes two logins with similar subjects, and ends them separately.
async fn are_two<S: Sessions>(store: &S, one: &Login, other: &Login) -> Outcome {
    let shown = |login: &Login| [&login.issuer, &login.name, &login.id].map(|name| short(name));
    let which = format!("issuer, subject, and session {:?} next to {:?}", shown(one), shown(other));
    one.start(store, "first", at(0)).await?;
    other.start(store, "1st", at(0)).await?;
    for login in [one, other] {
        let count = store.list(ListRequest::new(login.subject(), at(1))).await?.sessions.len();
        ensure!(count == 1, "{which}: list returned {count} sessions, expected 1 for each subject");
    }
    let foreign = Login { id: other.id.clone(), ..one.clone() };
    let rotation = foreign.rotate(store, "1st", "2nd", policy(), at(1)).await?;
    rotation.must_be(Is::Unknown, &which)?;
    store.end(EndRequest::new(one.before(at(1)), at(2))).await?.must_be(1, &which)?;
    one.dead(store, at(3), &which).await?;
    other.alive(store, at(3), &which).await?;
    let again = one.also("again");
    again.start(store, "first", at(4)).await?;
    store.end(EndRequest::new(one.all(), at(5))).await?.must_be(1, &which)?;
    other.alive(store, at(6), &which).await?;
    store.end(EndRequest::new(again.all_but_this(), at(7))).await?.must_be(0, &which)?;
    other.alive(store, at(8), &which).await
}

pub(crate) async fn subjects_are_compared_exactly<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (names, a, b) in alike(names) {
        let login = |issuer: &str, name: &str, id: &str| {
            let [issuer, name] = [issuer, name].map(str::to_owned);
            Login { issuer, name, id: names.name(id) }
        };
        let own = names.name("own");
        are_two(&store, &login(&own, &a, "1"), &login(&own, &b, "2")).await?;
        are_two(&store, &login(&a, &own, "3"), &login(&b, &own, "4")).await?;
    }
    Ok(())
}

pub(crate) async fn sessions_are_compared_exactly<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (names, a, b) in alike(names) {
        let which = format!("a session {:?} next to {:?}", short(&a), short(&b));
        let login = names.login("user");
        let (login, beside) = (Login { id: a, ..login.clone() }, Login { id: b, ..login });
        login.start(&store, "first", at(0)).await?;
        beside.state(&store, "1st", at(1)).await?.must_be(UNKNOWN, &which)?;
        store
            .state(StateRequest::new(beside.access(), at(1)))
            .await?
            .must_be(Access::<F>::UNKNOWN, &which)?;
        beside.start(&store, "1st", at(0)).await?;
        store.end(EndRequest::new(login.one(), at(1))).await?.must_be(1, &which)?;
        login.state(&store, "first", at(2)).await?.must_be(ENDED, &which)?;
        beside.alive(&store, at(2), &which).await?;
        store.end(EndRequest::new(beside.all_but_this(), at(3))).await?.must_be(0, &which)?;
        store.end(EndRequest::new(login.all_but_this(), at(4))).await?.must_be(1, &which)?;
    }
    Ok(())
}

pub(crate) async fn tokens_are_compared_exactly<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    for (names, a, b) in alike(names) {
        let which = format!("a refresh token {:?} next to {:?}", short(&b), short(&a));
        let login = names.login("user");
        login.start(&store, &a, at(0)).await?;
        login.state(&store, &b, at(1)).await?.must_be(SPENT, &which)?;
        login.rotate(&store, &b, "next", policy(), at(1)).await?.must_be(Is::Reused, &which)?;

        let login = login.also("revoked");
        login.start(&store, &a, at(2)).await?;
        store.revoke(RevokeRequest::new(login.refresh(&b), None, at(3))).await?;
        login.state(&store, &b, at(4)).await?.must_be(REVOKED, &which)?;
        login.rotate(&store, &a, &b, policy(), at(4)).await?.must_be(Is::Rotated, &which)?;
        login.rotate(&store, &b, "next", policy(), at(5)).await?.must_be(Is::Ended, &which)?;
    }
    Ok(())
}

pub(crate) async fn names_are_not_joined<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (a, b, c) = (names.name("a"), names.name("b"), names.name("c"));
    for separator in SEPARATORS {
        let (start, end) = (format!("{a}{separator}{b}"), format!("{b}{separator}{c}"));
        let id = |text: &str| names.name(&format!("{separator:?}{text}"));
        // Issuer and subject.
        let one = Login { issuer: start.clone(), name: c.clone(), id: id("1") };
        let other = Login { issuer: a.clone(), name: end.clone(), id: id("2") };
        are_two(&store, &one, &other).await?;
        // Subject and session.
        let issuer = id("issuer");
        let one = Login { issuer: issuer.clone(), name: start, id: format!("{c}{separator}") };
        let other = Login { issuer, name: a.clone(), id: format!("{end}{separator}") };
        are_two(&store, &one, &other).await?;
    }
    Ok(())
}
