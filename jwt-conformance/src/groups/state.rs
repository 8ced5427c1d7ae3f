//! What is known of a token, and that looking changes nothing.

use std::time::Duration;

use jwt_session::{Revocation as _, Sessions, TokenRef};

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
    store.state(login.access(), Duration::ZERO, at(3)).await?.must_be(ACTIVE, "an access token")?;
    let mut nameless = login.access();
    nameless.id = None;
    store.state(nameless, Duration::ZERO, at(3)).await?.must_be(ACTIVE, "an access token without jti")
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
    store.state(token, Duration::ZERO, at(1)).await?.must_be(ACTIVE, "a token of no session")?;
    store.revoke(token, None, at(2)).await?;
    let asked = "a token of no session, revoked";
    store.state(token, Duration::ZERO, at(3)).await?.must_be(REVOKED, asked)?;
    let other = TokenRef::new(login.subject(), "other").issued_at(at(0));
    store.state(other, Duration::ZERO, at(3)).await?.must_be(ACTIVE, "another token of no session")
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
    login.state(&store, "never issued", at(3)).await?.must_be(SPENT, "a refresh token of no exchange")?;
    let previous = store.state(login.refresh("second"), Duration::ZERO, at(3)).await?;
    previous.must_be(SPENT, "the previous token without grace")?;
    login.alive(&store, at(4), "a session of which spent tokens were looked at").await?;
    let asked = "the current token, after spent ones were looked at";
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
    store.end(ended.one(), at(1)).await?;
    for (login, now, right, of_access, which) in [
        (&unknown, at(2), UNKNOWN, Access::<F>::UNKNOWN, "a session that was never started"),
        (&over, at(IDLE + 1), OVER, Access::<F>::OVER, "a session that was idle for too long"),
        (&over, at(LIFE + 1), OVER, Access::<F>::OVER, "a session over its absolute limit"),
    ] {
        let id = format!("{}-1", login.name);
        store.state(login.access(), Duration::ZERO, now).await?.must_be(of_access, which)?;
        login.state(&store, &id, now).await?.must_be(right, which)?;
        login.over::<F>(&store, now, which).await?;
    }
    let which = "a session that has ended";
    store.state(ended.access(), Duration::ZERO, at(2)).await?.must_be(ENDED, which)?;
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
    store.revoke(revoked, Some(at(LIFE)), at(1)).await?;
    let asked = "a revoked access token of a live session";
    store.state(revoked, Duration::ZERO, at(2)).await?.must_be(REVOKED, asked)?;
    login.alive(&store, at(2), "a session of which one access token was revoked").await?;
    let asked = "the current token, after an access token was revoked";
    let rotation = login.rotate(&store, "first", "second", policy(), at(3)).await?;
    rotation.must_be(Is::Rotated, asked)?;
    let touched = store.touch(revoked, millis(2 * IDLE), at(4)).await?;
    touched.must_be(REVOKED, "a touch by a revoked access token")?;
    login.over::<F>(&store, at(IDLE + 3), "a session at its limit, after a touch by a revoked token").await
}

pub(crate) async fn a_revoked_refresh_token_says_so<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    store.revoke(login.refresh("first"), None, at(1)).await?;
    login.state(&store, "first", at(2)).await?.must_be(REVOKED, "the current token, revoked")?;
    login.alive(&store, at(2), "a session of which only the refresh token was revoked").await
}
