//! The state of a token. Looking it up changes nothing.

use jwt_session::{
    EndRequest, Revocation as _, RevokeRequest, Sessions, StateRequest, TokenRef, TouchRequest,
};

use crate::Fixture;
use crate::expect::{ACTIVE, Access, ENDED, Is, MustBe as _, OVER, Outcome, REVOKED, SPENT, UNKNOWN};
use crate::login::Names;
use crate::time::{IDLE, LIFE, at, millis, policy};

pub(crate) async fn tokens_of_a_live_session_are_active<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    login.state(&store, "first", at(1)).await?.must_be(ACTIVE, "the first refresh token")?;
    login
        .rotate(&store, "first", "second", policy(), at(2))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    login.state(&store, "second", at(3)).await?.must_be(ACTIVE, "the current refresh token")?;
    login.state(&store, "first", at(3)).await?.must_be(ACTIVE, "the previous refresh token within grace")?;
    store.state(StateRequest::new(login.access(), at(3))).await?.must_be(ACTIVE, "an access token")?;
    let mut nameless = login.access();
    nameless.id = None;
    store.state(StateRequest::new(nameless, at(3))).await?.must_be(ACTIVE, "an access token without a jti")
}

pub(crate) async fn a_token_of_no_session_is_active_until_it_is_revoked<F>(
    fixture: &F,
    names: &Names,
) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    let token = TokenRef::new(login.subject(), "token").issued_at(at(0));
    store.state(StateRequest::new(token, at(1))).await?.must_be(ACTIVE, "a token without a session")?;
    store.revoke(RevokeRequest::new(token, None, at(2))).await?;
    let asked = "a revoked token without a session";
    store.state(StateRequest::new(token, at(3))).await?.must_be(REVOKED, asked)?;
    let other = TokenRef::new(login.subject(), "other").issued_at(at(0));
    store.state(StateRequest::new(other, at(3))).await?.must_be(ACTIVE, "another token without a session")
}

pub(crate) async fn spent_tokens_are_seen_and_nothing_changes<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    login
        .rotate(&store, "first", "second", policy(), at(1))
        .await?
        .must_be(Is::Rotated, "the first token")?;
    login
        .rotate(&store, "second", "third", policy(), at(2))
        .await?
        .must_be(Is::Rotated, "the second token")?;
    login.state(&store, "first", at(3)).await?.must_be(SPENT, "the token before the previous one")?;
    login
        .state(&store, "never issued", at(3))
        .await?
        .must_be(SPENT, "a refresh token that was never issued")?;
    let previous = store.state(StateRequest::new(login.refresh("second"), at(3))).await?;
    previous.must_be(SPENT, "the previous token without grace")?;
    login.alive(&store, at(4), "a session whose spent tokens were looked up").await?;
    let asked = "the current token, after spent tokens were looked up";
    login.rotate(&store, "third", "fourth", policy(), at(5)).await?.must_be(Is::Rotated, asked)
}

pub(crate) async fn a_session_that_is_not_alive_says_so<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (unknown, ended, over) = (names.login("unknown"), names.login("ended"), names.login("over"));
    for login in [&ended, &over] {
        login.start(&store, &format!("{}-1", login.name), at(0)).await?;
    }
    store.end(EndRequest::new(ended.one(), at(1))).await?;
    for (login, now, right, of_access, which) in [
        (&unknown, at(2), UNKNOWN, Access::<F>::UNKNOWN, "a session that was never started"),
        (&over, at(IDLE + 1), OVER, Access::<F>::OVER, "a session that was idle for too long"),
        (&over, at(LIFE + 1), OVER, Access::<F>::OVER, "a session past its absolute limit"),
    ] {
        let id = format!("{}-1", login.name);
        store.state(StateRequest::new(login.access(), now)).await?.must_be(of_access, which)?;
        login.state(&store, &id, now).await?.must_be(right, which)?;
        login.over::<F>(&store, now, which).await?;
    }
    let which = "a session that has ended";
    store.state(StateRequest::new(ended.access(), at(2))).await?.must_be(ENDED, which)?;
    ended.state(&store, &format!("{}-1", ended.name), at(2)).await?.must_be(ENDED, which)?;
    ended.dead(&store, at(2), which).await
}

pub(crate) async fn a_revoked_access_token_leaves_its_session_alive<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    let revoked = TokenRef::access(login.subject(), &login.id, "revoked");
    store.revoke(RevokeRequest::new(revoked, Some(at(LIFE)), at(1))).await?;
    let asked = "a revoked access token of a live session";
    store.state(StateRequest::new(revoked, at(2))).await?.must_be(REVOKED, asked)?;
    login.alive(&store, at(2), "a session after one of its access tokens was revoked").await?;
    let asked = "the current token, after an access token was revoked";
    let rotation = login.rotate(&store, "first", "second", policy(), at(3)).await?;
    rotation.must_be(Is::Rotated, asked)?;
    let touched = store.touch(TouchRequest::new(revoked, at(4)).idle(millis(2 * IDLE))).await?;
    touched.must_be(REVOKED, "a touch with a revoked access token")?;
    login.over::<F>(&store, at(IDLE + 3), "a session at its limit, after a touch with a revoked token").await
}

pub(crate) async fn a_revoked_refresh_token_says_so<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    store.revoke(RevokeRequest::new(login.refresh("first"), None, at(1))).await?;
    login.state(&store, "first", at(2)).await?.must_be(REVOKED, "the current token, which is revoked")?;
    login.alive(&store, at(2), "a session after its refresh token was revoked").await
}
