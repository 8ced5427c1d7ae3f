//! The data that nodes share, regardless of the contents of a copy.

use std::time::SystemTime;

use jwt_session::{
    Consistency, EndRequest, IsRevokedRequest, Revocation, RevokeRequest, SessionState, Sessions,
    StateRequest, Subject, TokenRef, TouchRequest,
};

use crate::Fixture;
use crate::expect::{ACTIVE, ENDED, Is, MustBe as _, OVER, Outcome, REVOKED, SPENT, UNKNOWN, ensure};
use crate::login::{Login, Names};
use crate::time::{DAY, GRACE, HOUR, IDLE, LIFE, SECOND, at, millis, policy, strict};

/// Checks the state of a token at the source, with the usual grace.
async fn is<S: Sessions>(
    store: &S,
    token: TokenRef<'_>,
    now: SystemTime,
    right: &[SessionState],
    which: &str,
) -> Outcome {
    let state = store
        .state(StateRequest::new(token, now).grace(millis(GRACE)).consistency(Consistency::Source))
        .await?;
    state.must_be(right, &format!("{which}, at the source"))
}

/// Checks the state of both tokens of a session at the source.
async fn are<S: Sessions>(
    store: &S,
    login: &Login,
    now: SystemTime,
    right: &[SessionState],
    which: &str,
) -> Outcome {
    is(store, login.access(), now, right, which).await?;
    is(store, login.refresh("first"), now, right, which).await
}

pub(crate) async fn the_source_knows_revoked_tokens<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let (issuer, elsewhere) = (names.name("issuer"), names.name("other issuer"));
    let subject = Subject::new(&issuer, "user");
    let (token, ever) = (TokenRef::new(subject, "token"), TokenRef::new(subject, "forever"));
    let other = TokenRef::new(subject, "other");
    let elsewhere = TokenRef::new(Subject::new(&elsewhere, "user"), "token");
    for (revoked, now) in [(false, 0), (true, 1), (true, HOUR - 1)] {
        for (token, right, which) in [
            (token, revoked, "the token that is revoked"),
            (ever, revoked, "the token that is revoked forever"),
            (other, false, "another token"),
            (elsewhere, false, "another issuer's token with the same jti"),
        ] {
            let says = store
                .is_revoked(IsRevokedRequest::new(token, at(now)).consistency(Consistency::Source))
                .await?;
            ensure!(says == right, "{which}, at the source: is_revoked returned {says}, expected {right}");
        }
        store.revoke(RevokeRequest::new(token, Some(at(HOUR)), at(0))).await?;
        store.revoke(RevokeRequest::new(ever, None, at(0))).await?;
    }
    Ok(())
}

pub(crate) async fn the_source_knows_every_session<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    are(&store, &login, at(0), UNKNOWN, "a session that was never started").await?;
    login.start(&store, "first", at(0)).await?;
    are(&store, &login, at(IDLE - 1), ACTIVE, "a session before its idle limit").await?;
    are(&store, &login, at(IDLE), OVER, "a session at its idle limit").await?;
    are(&store, &login, at(LIFE), OVER, "a session at its absolute limit").await?;
    for other in [
        Login { name: names.name("other"), ..login.clone() },
        Login { issuer: names.name("other issuer"), ..login.clone() },
        login.also("another"),
    ] {
        are(&store, &other, at(1), UNKNOWN, "a session of another issuer or subject, or with a different id")
            .await?;
    }
    store
        .touch(TouchRequest::new(login.access(), at(DAY)).idle(millis(IDLE)))
        .await?
        .must_be(ACTIVE, "a touch")?;
    are(&store, &login, at(DAY + IDLE - 1), ACTIVE, "a session before the limit that a touch has moved")
        .await?;
    are(&store, &login, at(DAY + IDLE), OVER, "a session at the limit that a touch has moved").await?;
    let nobody = TokenRef::new(login.subject(), "token").issued_at(at(0));
    is(&store, nobody, at(1), ACTIVE, "a token without a session").await
}

pub(crate) async fn the_source_knows_what_has_ended<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (one, all, but) = (names.login("one"), names.login("all"), names.login("but"));
    let (cut_off, reused, alive) = (names.login("cut off"), names.login("reused"), names.login("alive"));
    for login in [&one, &all, &but, &cut_off, &reused, &alive] {
        login.start(&store, "first", at(0)).await?;
    }
    let kept = but.also("kept");
    for selector in [one.one(), all.all(), kept.all_but_this(), cut_off.before(at(1))] {
        store.end(EndRequest::new(selector, at(2))).await?.must_be(1, "live sessions ended")?;
    }
    reused
        .rotate(&store, "first", "second", strict(), at(1))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    reused.rotate(&store, "first", "third", strict(), at(2)).await?.must_be(Is::Reused, "a spent token")?;
    for (login, which) in [
        (&one, "a session ended by its id"),
        (&all, "a session ended with all of its subject"),
        (&but, "a session ended with all but one of its subject"),
        (&cut_off, "a session that was cut off"),
        (&reused, "the session of a reused token"),
    ] {
        are(&store, login, at(3), ENDED, which).await?;
    }
    are(&store, &alive, at(3), ACTIVE, "a live session, after others have ended").await?;
    let token = TokenRef::new(cut_off.subject(), "token").issued_at(at(0));
    is(&store, token, at(3), REVOKED, "a token without a session that was cut off").await?;
    let later = token.issued_at(at(SECOND));
    is(&store, later, at(SECOND), ACTIVE, "a token without a session, issued after the cutoff").await
}

pub(crate) async fn the_source_knows_revoked_and_spent_tokens<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    login
        .rotate(&store, "first", "second", policy(), at(1))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    let previous = login.refresh("first");
    is(&store, previous, at(GRACE), ACTIVE, "the previous token within grace").await?;
    is(&store, previous, at(GRACE + 1), SPENT, "the previous token after grace").await?;
    let state = store.state(StateRequest::new(previous, at(2)).consistency(Consistency::Source)).await?;
    state.must_be(SPENT, "the previous token without grace, at the source")?;
    is(&store, login.refresh("never issued"), at(2), SPENT, "a refresh token that was never issued").await?;
    is(&store, login.refresh("second"), at(2), ACTIVE, "the current token").await?;
    let none = TokenRef::new(login.subject(), "none").issued_at(at(0));
    for (token, which) in [
        (login.access(), "a revoked access token"),
        (login.refresh("second"), "the current token, which is revoked"),
        (none, "a revoked token without a session"),
    ] {
        store.revoke(RevokeRequest::new(token, Some(at(LIFE)), at(3))).await?;
        is(&store, token, at(4), REVOKED, which).await?;
    }
    let other = TokenRef::access(login.subject(), &login.id, "other");
    is(&store, other, at(4), ACTIVE, "another access token of the session").await
}
