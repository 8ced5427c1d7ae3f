//! Names of revoked tokens.

use jwt_session::{Revocation, RevokeRequest, Subject, TokenRef};

use super::revocation::is;
use crate::Fixture;
use crate::expect::Outcome;
use crate::login::Names;
use crate::text::{SEPARATORS, alike, odd};
use crate::time::{HOUR, at};

/// Revokes one token, and checks that the other is not revoked.
async fn are_two<S: Revocation>(store: &S, one: [&str; 2], other: [&str; 2]) -> Outcome {
    let [revoked, not] = [one, other].map(|[issuer, id]| TokenRef::new(Subject::new(issuer, "user"), id));
    store.revoke(RevokeRequest::new(revoked, Some(at(HOUR)), at(0))).await?;
    is(store, revoked, true, 1, &format!("the revoked token with issuer and jti {one:?}")).await?;
    is(store, not, false, 1, &format!("the token with issuer and jti {other:?}, after {one:?} was revoked"))
        .await
}

pub(crate) async fn names_of_revoked_tokens_are_any_text<F: Fixture>(fixture: &F, names: &Names) -> Outcome {
    let store = fixture.open().await;
    let (issuer, id) = (names.name("issuer"), names.name("id"));
    for text in odd() {
        for odd in names.both_ways(&text) {
            are_two(&store, [&issuer, &odd], [&odd, &issuer]).await?;
            are_two(&store, [&odd, &id], [&id, &odd]).await?;
        }
    }
    // Without an `iss` claim.
    are_two(&store, ["", &id], [&id, ""]).await
}

pub(crate) async fn names_of_revoked_tokens_are_compared_exactly<F: Fixture>(
    fixture: &F,
    names: &Names,
) -> Outcome {
    let store = fixture.open().await;
    for (names, a, b) in alike(names) {
        let own = names.name("own");
        are_two(&store, [&own, &a], [&own, &b]).await?;
        are_two(&store, [&a, &own], [&b, &own]).await?;
    }
    Ok(())
}

pub(crate) async fn names_of_revoked_tokens_are_not_joined<F: Fixture>(
    fixture: &F,
    names: &Names,
) -> Outcome {
    let store = fixture.open().await;
    let (a, b, c) = (names.name("a"), names.name("b"), names.name("c"));
    for separator in SEPARATORS {
        let (start, end) = (format!("{a}{separator}{b}"), format!("{b}{separator}{c}"));
        are_two(&store, [&start, &c], [&a, &end]).await?;
        let (start, end) = (format!("{a}{separator}{c}"), format!("{c}{separator}{b}"));
        are_two(&store, [&a, &end], [&start, &b]).await?;
    }
    Ok(())
}
