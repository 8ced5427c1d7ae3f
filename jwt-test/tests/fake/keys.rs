use jwt_core::keys::Algorithm;
use jwt_test::FakeIssuer;
use serde_json::Value;

use crate::{manager, up_to_date};

#[test]
fn a_rotation_keeps_the_old_key() {
    for algorithm in [Algorithm::ES256, Algorithm::RS256] {
        let issuer = FakeIssuer::builder().algorithm(algorithm).start();
        let (before, old_kid, old) = (up_to_date(&issuer), issuer.kid(), issuer.token().sign());
        let new_kid = issuer.rotate();
        let (after, new) = (up_to_date(&issuer), issuer.token().sign());
        assert_eq!((issuer.kid(), issuer.published()), (new_kid.clone(), vec![old_kid.clone(), new_kid]));
        assert!(before.decode(&old).is_ok() && before.decode(&new).is_err());
        assert!(after.decode(&old).is_ok() && after.decode(&new).is_ok());
        // An older key can still sign.
        assert!(before.decode(&issuer.token().signed_by(old_kid).sign()).is_ok());
    }
}

#[test]
fn an_announced_key_signs_after_the_next_rotation() {
    let issuer = FakeIssuer::start();
    let old = issuer.kid();
    let (first, second) = (issuer.announce(), issuer.announce());
    assert_eq!(issuer.published(), [&*old, &first, &second]);
    assert_eq!(issuer.kid(), old);

    let before = up_to_date(&issuer);
    assert_eq!((issuer.rotate(), issuer.kid()), (first.clone(), first));
    assert!(before.decode(&issuer.token().sign()).is_ok());
    assert_eq!(issuer.rotate(), second);
    assert!(before.decode(&issuer.token().sign()).is_ok());
    issuer.rotate();
    assert!(before.decode(&issuer.token().sign()).is_err());
    assert_eq!(issuer.published().len(), 4);
}

#[test]
fn a_withdrawn_key_is_not_in_the_documents() {
    let issuer = FakeIssuer::start();
    let (old, token) = (issuer.kid(), issuer.token().sign());
    let new = issuer.rotate();
    issuer.withdraw(&old);
    assert_eq!(issuer.published(), [&*new]);
    assert!(up_to_date(&issuer).decode(&token).is_err());
    let certificates = crate::client::json(issuer.certificates_url());
    assert!(certificates[&old].is_null() && certificates[&new].is_string());

    issuer.publish(&old);
    assert!(up_to_date(&issuer).decode(&token).is_ok());
    // The key that signs can be withdrawn, too.
    issuer.withdraw(&new);
    assert_eq!(issuer.kid(), new);
    assert!(up_to_date(&issuer).decode(&issuer.token().sign()).is_err());
}

#[test]
fn a_replaced_key_has_the_same_kid() {
    for algorithm in [Algorithm::ES256, Algorithm::PS256] {
        let issuer = FakeIssuer::builder().algorithm(algorithm).start();
        let (before, kid, old) = (up_to_date(&issuer), issuer.kid(), issuer.token().sign());
        issuer.replace_key();
        let (after, new) = (up_to_date(&issuer), issuer.token().sign());
        assert_eq!((issuer.kid(), issuer.published()), (kid.clone(), vec![kid.clone()]));
        assert!(before.decode(&old).is_ok() && before.decode(&new).is_err());
        assert!(after.decode(&old).is_err() && after.decode(&new).is_ok());

        issuer.withdraw(&kid);
        issuer.replace_key();
        assert!(issuer.published().is_empty(), "a replaced key is published as the old one was");
        issuer.publish(&kid);
        assert!(up_to_date(&issuer).decode(&issuer.token().sign()).is_ok());
        assert_ne!(issuer.rotate(), kid);
    }
}

#[test]
fn keys_can_lack_a_kid() {
    let issuer = FakeIssuer::builder().without_kid().start();
    let (before, old) = (up_to_date(&issuer), issuer.token().sign());
    assert!(issuer.jwks()["keys"][0].get("kid").is_none());
    assert!(header(&old).get("kid").is_none());
    assert!(before.decode(&old).is_ok());
    issuer.replace_key();
    assert!(before.decode(&issuer.token().sign()).is_err());
    assert!(header(&issuer.token().forged().sign()).get("kid").is_none());
}

#[test]
fn issuers_do_not_share_keys() {
    let (one, other) = (FakeIssuer::start(), FakeIssuer::start());
    assert_eq!(one.kid(), other.kid(), "a `kid` alone does not identify a key");
    let jwt = manager(&one, one.key_set());
    assert!(jwt.decode(&one.token().sign()).is_ok());
    assert!(jwt.decode(&other.token().claim("iss", one.url()).sign()).is_err());
}

#[test]
#[should_panic(expected = "does not have a key with the kid \"nobody\"")]
fn only_a_known_key_can_be_withdrawn() {
    FakeIssuer::start().withdraw("nobody");
}

#[test]
#[should_panic(expected = "does not have a key with the kid \"nobody\"")]
fn only_a_known_key_can_sign() {
    let _ = FakeIssuer::start().token().signed_by("nobody").sign();
}

#[test]
fn rsa_keys_are_used_in_turn() {
    let issuer = FakeIssuer::builder().algorithm(Algorithm::RS256).start();
    (0..9).for_each(|_| drop(issuer.rotate()));
    let keys: Vec<_> = issuer.jwks()["keys"].as_array().unwrap().iter().map(|key| key["n"].clone()).collect();
    assert_eq!((&keys[0], &keys[1]), (&keys[8], &keys[9]));
    assert!((0..8).all(|one| (0..one).all(|other| keys[one] != keys[other])));
    assert!(up_to_date(&issuer).decode(&issuer.token().forged().sign()).is_err());
}

fn header(token: &str) -> Value {
    crate::tokens::parts(token).0
}
