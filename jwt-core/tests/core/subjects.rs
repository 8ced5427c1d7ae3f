//! The issuer whose subjects tokens are about, as stores know it.

use jwt_core::keys::{Algorithm, KeySet, LoadedKey};
use jwt_core::session::{MemorySessions, Subject, TokenRef};
use jwt_core::{Config, ErrorKind, Issuer, JwtManager, Policy, Token};
use serde_json::json;

use crate::support::{NOW, at, authenticate, bearer, block_on, builder, sign};
use crate::support_keys::{secret_key, signing, verifying};
use crate::support_sessions::{House, house, house_with};

const HEADER: &str = r#"{"alg":"HS256","typ":"JWT"}"#;

/// Returns a token of the manager's own key with this `iss`.
fn with_issuer(iss: Option<&str>) -> String {
    let mut claims =
        json!({"sub": "alice", "jti": "one", "type": "access", "iat": NOW - 10, "exp": NOW + 900});
    if let Some(iss) = iss {
        claims["iss"] = json!(iss);
    }
    sign(HEADER, claims.to_string())
}

fn is_alive(house: &House, token: &str) -> bool {
    match authenticate(&house.jwt, &bearer(token), &Policy::access().any_issuer()) {
        Ok(_) => true,
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::RevokedToken);
            false
        }
    }
}

/// The managers that accept a token with another `iss`, with the issuer of their own subjects.
fn managers() -> Vec<(Config, &'static str, Option<&'static str>)> {
    let list = ["old", "new"];
    vec![
        (Config::default(), "", Some("foreign")),
        (Config::default(), "", Some("with \"escapes\" \u{e4}")),
        (Config::default().encode_issuer("here"), "here", Some("foreign")),
        (Config::default().encode_issuer("here"), "here", None),
        (Config::flask_compatible(), "", Some("foreign")),
        (Config::default().encode_issuer("new").decode_issuer(list), "new", Some("old")),
        (Config::default().decode_issuer(["one"]), "one", Some("one")),
        (Config::jsonwebtoken_compatible(), "", Some("foreign")),
    ]
}

#[test]
fn what_our_own_key_has_signed_belongs_to_our_own_issuer() {
    for (config, own, iss) in managers() {
        let house = house(config);
        let text = with_issuer(iss);
        let token = house.read(&text);
        assert_eq!(token.issuer(), iss, "the claim itself");
        assert!(TokenRef::from(&token).subject == Subject::new(own, "alice"), "{own:?} {iss:?}");

        assert!(is_alive(&house, &text));
        block_on(house.jwt.end_issued_before(None, at(NOW))).unwrap();
        assert!(!is_alive(&house, &text), "cut off with everybody: {own:?} {iss:?}");
    }
    for (config, own, iss) in managers() {
        let house = house(config);
        let text = with_issuer(iss);
        block_on(house.jwt.end_issued_before(Some("bob"), at(NOW))).unwrap();
        assert!(is_alive(&house, &text));
        block_on(house.jwt.end_issued_before(Some("alice"), at(NOW))).unwrap();
        assert!(!is_alive(&house, &text), "cut off alone: {own:?} {iss:?}");
    }
}

/// The operations by the name of a user and by a token concern the same sessions.
#[test]
fn names_and_tokens_mean_the_same_subject() {
    for (config, own, iss) in managers() {
        let house = house(config);
        house.log_in("alice");
        let token = house.read(&with_issuer(iss));
        assert_eq!(block_on(house.jwt.list_sessions(&token)).unwrap().len(), 1, "{own:?} {iss:?}");
        assert_eq!(block_on(house.jwt.list_sessions("alice")).unwrap().len(), 1);
        assert_eq!(block_on(house.jwt.end_other_sessions(&token)).unwrap(), 1);
        assert!(block_on(house.jwt.list_sessions("alice")).unwrap().is_empty());
    }
}

/// A token of a session with another `iss` is one of that session, so it ends with it.
#[test]
fn a_session_ends_for_every_name_of_the_issuer() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let mut claims = house.read(pair.access()).claims();
    claims.insert("iss".to_owned(), json!("foreign"));
    let renamed = sign(HEADER, json!(claims).to_string());
    assert!(is_alive(&house, &renamed));
    block_on(house.jwt.end_sessions("alice")).unwrap();
    assert!(!is_alive(&house, &renamed));
}

#[test]
fn a_revoked_token_is_not_revived_by_a_manager_with_another_list() {
    let accepting = |list: [&'static str; 2]| Config::default().encode_issuer("new").decode_issuer(list);
    let house = house(accepting(["new", "old"]));
    let text = with_issuer(Some("old"));
    block_on(house.jwt.revoke(&text)).unwrap();
    let other = builder(accepting(["old", "new"]))
        .session_store(house.store.clone())
        .clock(|| at(NOW))
        .build()
        .unwrap();
    assert!(authenticate(&other, &bearer(&text), &Policy::access()).is_err());
}

/// Which of the names the service that issues the tokens uses in the store is not known.
#[test]
fn a_verifier_of_several_names_says_which_one_is_that_of_the_users() {
    let several = Config::default().decode_issuer(["old", "new"]);
    assert!(builder(several.clone()).build().is_ok(), "without a store, it does not matter");
    let store = MemorySessions::new;
    let error = builder(several.clone()).session_store(store()).build().unwrap_err();
    assert!(error.to_string().contains("encode_issuer"), "{error}");
    let blocklist = builder(several.clone()).revocation_store(store());
    assert!(blocklist.build().is_err());
    assert!(builder(several.encode_issuer("new")).session_store(store()).build().is_ok());
    assert!(builder(Config::default().decode_issuer(["new"])).session_store(store()).build().is_ok());
}

#[test]
fn other_issuers_keep_their_own_subjects() {
    let keys = KeySet::new([verifying(Algorithm::ES256)]).unwrap();
    let house =
        house_with(Config::default(), |builder| builder.trusted_issuer(Issuer::new("elsewhere", keys)));
    let theirs = JwtManager::builder(Config::default().encode_issuer("elsewhere"));
    let theirs = theirs.key_pair(signing(Algorithm::ES256)).clock(|| at(NOW - 10)).build().unwrap();
    let text = theirs.access_token("alice").encode().unwrap();
    let token: Token = house.jwt.decode(&text).unwrap();
    assert!(TokenRef::from(&token).subject == Subject::new("elsewhere", "alice"));
    block_on(house.jwt.end_issued_before(None, at(NOW))).unwrap();
    assert!(is_alive(&house, &text), "their tokens are not ours to cut off");
}

/// The keys of a loader can belong to several issuers, and `alice` of one is not `alice` of another.
#[test]
fn the_keys_of_a_loader_keep_the_issuers_of_their_tokens_apart() {
    let house = house_with(Config::default(), |builder| {
        builder.decode_key_loader(|token| {
            let issuer = token.claims().get("iss")?.as_str()?;
            Some(LoadedKey::for_issuer(secret_key(), issuer))
        })
    });
    for iss in ["one", "other"] {
        let token = house.read(&with_issuer(Some(iss)));
        assert!(TokenRef::from(&token).subject == Subject::new(iss, "alice"));
    }
}
