//! A session belongs to its subject and its issuer.

use jwt_session::{
    EndRequest, ListRequest, Revocation as _, RevokeRequest, Sessions, StateRequest, TokenRef, TouchRequest,
};

use crate::Fixture;
use crate::expect::{ACTIVE, Access, Is, MustBe as _, Outcome, UNKNOWN, ensure};
use crate::login::{Login, Names};
use crate::time::{HOUR, IDLE, LIFE, at, millis, policy};

/// Starts a session. Also returns its id with a different subject, and with the same subject at a different issuer.
async fn started<S: Sessions>(store: &S, names: &Names) -> Outcome<(Login, [Login; 2])> {
    let login = names.login("user");
    login.start(store, "first", at(0)).await?;
    let other = Login { name: names.name("other"), ..login.clone() };
    let elsewhere = Login { issuer: names.name("other issuer"), ..login.clone() };
    Ok((login, [other, elsewhere]))
}

/// Checks that the session has not changed.
async fn is_untouched<S: Sessions>(store: &S, login: &Login, what: &str) -> Outcome {
    let after = format!("a session after {what} with another subject's name");
    login.alive(store, at(IDLE - 1), &after).await?;
    let rotation = login.rotate(store, "first", "second", policy(), at(IDLE - 1)).await?;
    rotation.must_be(Is::Rotated, &format!("the current token after {what} with another subject's name"))
}

pub(crate) async fn nobody_else_rotates<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (login, others) = started(&store, names).await?;
    for other in others {
        for presented in ["first", "never issued"] {
            let rotation = other.rotate(&store, presented, "theirs", policy(), at(1)).await?;
            rotation.must_be(Is::Unknown, "another subject's session")?;
        }
    }
    is_untouched(&store, &login, "rotations").await
}

pub(crate) async fn nobody_else_sees_or_touches<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (login, others) = started(&store, names).await?;
    for other in others {
        let asked = "another subject's session";
        other.state(&store, "first", at(1)).await?.must_be(UNKNOWN, asked)?;
        let state = store.state(StateRequest::new(other.access(), at(1))).await?;
        state.must_be(Access::<F>::UNKNOWN, asked)?;
        store
            .touch(TouchRequest::new(other.access(), at(1)).idle(millis(LIFE)))
            .await?
            .must_be(UNKNOWN, asked)?;
        store
            .touch(TouchRequest::new(other.refresh("first"), at(1)).idle(millis(LIFE)))
            .await?
            .must_be(UNKNOWN, asked)?;
        ensure!(
            store.list(ListRequest::new(other.subject(), at(1))).await?.sessions.is_empty(),
            "list returned another subject's session"
        );
    }
    login.alive(&store, at(IDLE - 1), "a session that other subjects looked up").await?;
    login
        .over::<F>(&store, at(IDLE), "a session at its limit, after touches with another subject's name")
        .await
}

pub(crate) async fn nobody_else_ends<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (login, others) = started(&store, names).await?;
    let stranger = names.login("stranger");
    for other in others {
        for (selector, which) in [
            (other.one(), "by its id"),
            (other.all(), "with all sessions of another subject"),
            (stranger.all_but_this(), "with all but one session of a third subject"),
            (other.before(at(HOUR)), "by a cutoff"),
        ] {
            let asked = format!("live sessions of other subjects ended {which}");
            store.end(EndRequest::new(selector, at(1))).await?.must_be(0, &asked)?;
        }
    }
    is_untouched(&store, &login, "attempts to end it").await
}

pub(crate) async fn revocations_stay_at_their_issuer<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (login, [_, elsewhere]) = started(&store, names).await?;
    store.revoke(RevokeRequest::new(elsewhere.refresh("first"), None, at(1))).await?;
    store.revoke(RevokeRequest::new(TokenRef::new(elsewhere.subject(), "access"), None, at(1))).await?;
    store
        .state(StateRequest::new(login.access(), at(2)))
        .await?
        .must_be(ACTIVE, "a jti that is revoked for a different issuer")?;
    is_untouched(&store, &login, "revocations").await
}
