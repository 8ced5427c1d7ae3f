//! Revoked tokens, which every store supports.

use std::sync::Arc;

use jwt_session::{IsRevokedRequest, Revocation, RevokeRequest, Subject, TokenRef};

use crate::Fixture;
use crate::expect::{Outcome, ensure};
use crate::login::Names;
use crate::race;
use crate::time::{DAY, HOUR, SECOND, YEAR, at};

/// Checks whether a token is revoked at a time.
pub(super) async fn is<S: Revocation>(
    store: &S,
    token: TokenRef<'_>,
    revoked: bool,
    now: i64,
    which: &str,
) -> Outcome {
    let says = store.is_revoked(IsRevokedRequest::new(token, at(now))).await?;
    ensure!(says == revoked, "{which}: is_revoked returned {says}, expected {revoked}");
    Ok(())
}

pub(crate) async fn only_the_revoked_token_is_revoked<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let (issuer, elsewhere) = (names.name("issuer"), names.name("other issuer"));
    let subject = Subject::new(&issuer, "user");
    let (token, other) = (TokenRef::new(subject, "token"), TokenRef::new(subject, "other"));
    is(&store, token, false, 0, "a token that nobody revoked").await?;
    store.revoke(RevokeRequest::new(token, Some(at(HOUR)), at(0))).await?;
    is(&store, token, true, 0, "a revoked token").await?;
    is(&store, other, false, 0, "another token of its subject").await?;
    let elsewhere = TokenRef::new(Subject::new(&elsewhere, "user"), "token");
    is(&store, elsewhere, false, 0, "another issuer's token with the same jti").await?;
    store.revoke(RevokeRequest::new(token, Some(at(HOUR)), at(1))).await?;
    is(&store, token, true, 1, "a token that was revoked twice").await
}

pub(crate) async fn a_token_without_jti_cannot_be_revoked<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let issuer = names.name("issuer");
    let mut nameless = TokenRef::new(Subject::new(&issuer, "user"), "");
    nameless.id = None;
    is(&store, nameless, false, 0, "a token without a jti").await?;
    for until in [None, Some(at(HOUR))] {
        let revoked = store.revoke(RevokeRequest::new(nameless, until, at(0))).await;
        ensure!(revoked.is_err(), "a token without a jti: revoke returned Ok, expected an error");
    }
    is(&store, nameless, false, 1, "a token without a jti, after an attempt to revoke it").await
}

pub(crate) async fn a_revocation_holds_until_its_moment<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let issuer = names.name("issuer");
    let subject = Subject::new(&issuer, "user");
    for until in [1, SECOND / 2, SECOND, SECOND + 1, HOUR, YEAR] {
        let id = until.to_string();
        let token = TokenRef::new(subject, &id);
        store.revoke(RevokeRequest::new(token, Some(at(until)), at(0))).await?;
        for now in [0, until / 2, until - 1] {
            is(&store, token, true, now, &format!("a token revoked until {until} ms, at {now} ms")).await?;
        }
    }
    Ok(())
}

pub(crate) async fn a_revocation_without_a_moment_holds_for_ever<F: Fixture>(
    fixture: &F,
    names: &Names,
) -> Outcome {
    let store = fixture.open().await;
    let issuer = names.name("issuer");
    let subject = Subject::new(&issuer, "user");
    let token = TokenRef::new(subject, "token");
    store.revoke(RevokeRequest::new(token, None, at(0))).await?;
    for now in [0, HOUR, YEAR, 50 * YEAR, 7_000 * YEAR] {
        // A store may remove old data when it writes.
        let id = now.to_string();
        store.revoke(RevokeRequest::new(TokenRef::new(subject, &id), Some(at(now + 1)), at(now))).await?;
        is(&store, token, true, now, &format!("a token revoked forever, after {now} ms")).await?;
    }
    Ok(())
}

pub(crate) async fn the_later_moment_stays<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let issuer = names.name("issuer");
    let subject = Subject::new(&issuer, "user");
    let (short, long, ever) = (Some(HOUR), Some(DAY), None);
    for (name, first, second) in [
        ("later first", long, short),
        ("later second", short, long),
        ("forever first", ever, short),
        ("forever second", short, ever),
    ] {
        let token = TokenRef::new(subject, name);
        store.revoke(RevokeRequest::new(token, first.map(at), at(0))).await?;
        store.revoke(RevokeRequest::new(token, second.map(at), at(1))).await?;
        let which = format!("a token revoked twice, {name}, just before the later of its two times");
        is(&store, token, true, DAY - 1, &which).await?;
        if first.is_none() || second.is_none() {
            is(&store, token, true, YEAR, &format!("a token revoked twice, {name}, a year later")).await?;
        }
    }
    Ok(())
}

pub(crate) async fn a_clock_set_back_revives_no_token<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let issuer = names.name("issuer");
    let subject = Subject::new(&issuer, "user");
    let (token, early) = (TokenRef::new(subject, "token"), TokenRef::new(subject, "early"));
    store.revoke(RevokeRequest::new(token, Some(at(DAY)), at(0))).await?;
    for back in [1, HOUR, YEAR] {
        is(&store, token, true, -back, &format!("a revoked token, with the clock set back by {back} ms"))
            .await?;
    }
    store.revoke(RevokeRequest::new(early, Some(at(DAY)), at(-YEAR))).await?;
    is(&store, early, true, 0, "a token that was revoked while the clock was set back").await?;
    is(&store, token, true, DAY - 1, "a revoked token, after the clock was corrected").await
}

pub(crate) async fn revocations_survive_a_restart<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let issuer = names.name("issuer");
    let subject = Subject::new(&issuer, "user");
    let (until, ever) = (TokenRef::new(subject, "until"), TokenRef::new(subject, "forever"));
    store.revoke(RevokeRequest::new(until, Some(at(DAY)), at(0))).await?;
    store.revoke(RevokeRequest::new(ever, None, at(0))).await?;
    let Some(store) = fixture.reopen(store).await else { return Ok(()) };
    is(&store, until, true, DAY - 1, "a token revoked for a limited time, after a restart").await?;
    is(&store, ever, true, YEAR, "a token revoked forever, after a restart").await?;
    is(&store, TokenRef::new(subject, "other"), false, 1, "another token, after a restart").await
}

pub(crate) async fn revocations_at_once_are_all_kept<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = Arc::new(fixture.open().await);
    let issuer = names.name("issuer");
    let tasks: Vec<_> = (1..=100)
        .map(|task| {
            let (store, issuer) = (Arc::clone(&store), issuer.clone());
            async move {
                let (subject, id) = (Subject::new(&issuer, "user"), task.to_string());
                // Each task revokes its own token and a shared one, until times that are out of order.
                store.revoke(RevokeRequest::new(TokenRef::new(subject, &id), None, at(0))).await?;
                let until = at(task * 37 % 101 * SECOND);
                Ok(store
                    .revoke(RevokeRequest::new(TokenRef::new(subject, "shared"), Some(until), at(0)))
                    .await?)
            }
        })
        .collect();
    race::all(tasks).await?;
    let subject = Subject::new(&issuer, "user");
    for task in 1..=100_i64 {
        let id = task.to_string();
        is(
            &*store,
            TokenRef::new(subject, &id),
            true,
            DAY,
            "one of a hundred tokens that were revoked concurrently",
        )
        .await?;
    }
    let which = "a token that was revoked a hundred times concurrently, just before the latest of its times";
    is(&*store, TokenRef::new(subject, "shared"), true, 100 * SECOND - 1, which).await
}
