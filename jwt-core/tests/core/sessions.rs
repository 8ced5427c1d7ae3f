//! Login, logout, lists, and revocation.

use std::sync::Arc;

use jwt_core::error::{InvalidToken, Misuse};
use jwt_core::keys::KeySet;
use jwt_core::session::{
    IsRevokedRequest, MemoryError, MemorySessions, Revocation as _, RevokeRequest, SessionError, Subject,
    TokenRef,
};
use jwt_core::token::Identity;
use jwt_core::{BoxError, Config, EncodeError, ErrorKind, Issuer, Policy, TokenError, TokenKind};
use serde_json::{Value, json};

use crate::support::{
    HEADER, NOW, at, authenticate, bearer, block_on, both, builder, invalid, manager, payload, refused, secs,
    sign,
};
use crate::support_sessions::{House, house, house_with};

fn kind(house: &House, token: &str, policy: &Policy) -> Option<ErrorKind> {
    authenticate(&house.jwt, &bearer(token), policy).err().map(|error| error.kind())
}

#[test]
fn a_log_in_gives_two_tokens_of_one_session() {
    for config in both() {
        let house = house(config);
        let log_in = house.jwt.log_in("alice").label("phone").claim("role", "admin");
        let pair = block_on(async { log_in.await }).unwrap();
        let (access, refresh) = (house.read(pair.access()), house.read(pair.refresh()));
        assert_eq!((access.kind(), refresh.kind()), ("access", "refresh"));
        for token in [&access, &refresh] {
            assert_eq!(token.session(), Some(pair.session()));
            assert_eq!(token.identity(), "alice");
            let claims = token.claims();
            assert_eq!((&claims["auth_time"], &claims["role"]), (&json!(NOW), &json!("admin")));
        }
        assert_ne!(access.id(), refresh.id());
        assert!(access.is_fresh_at(at(NOW + 899)) && !refresh.is_fresh_at(at(NOW)));
        assert_eq!(pair.expires_in(), Some(900));
        let body = json!({
            "access_token": pair.access(), "refresh_token": pair.refresh(),
            "token_type": "Bearer", "expires_in": 900,
        });
        assert_eq!(json!(pair), body);
        assert_eq!(kind(&house, pair.access(), &Policy::access().fresh()), None);
        assert_eq!(kind(&house, pair.refresh(), &Policy::refresh()), None);
    }
}

#[test]
fn the_application_decides_freshness_at_login() {
    let house = house(Config::default());
    let not_fresh = block_on(async { house.jwt.log_in("a").not_fresh().await }).unwrap();
    assert!(!house.read(not_fresh.access()).is_fresh_at(at(NOW)));
    let for_a_minute = block_on(async { house.jwt.log_in("a").fresh_for(secs(60)).await }).unwrap();
    let access = house.read(for_a_minute.access());
    assert!(access.is_fresh_at(at(NOW + 60)) && !access.is_fresh_at(at(NOW + 61)));
}

#[test]
fn what_cannot_be_issued_starts_no_session() {
    let house = house(Config::default());
    for name in ["sid", "auth_time", "jti", "sub", "exp", "csrf"] {
        let refused = block_on(async { house.jwt.log_in("alice").claim(name, "x").await });
        let is_about_it =
            |error: &EncodeError| matches!(error, EncodeError::ReservedClaim(_) | EncodeError::ExpiryClaim);
        assert!(matches!(refused, Err(SessionError::NotIssued(error)) if is_about_it(&error)), "{name}");
        let plain = house.jwt.access_token("alice").claim(name, "x").encode();
        assert!(plain.is_err_and(|error| is_about_it(&error)), "{name}");
    }
    let number = block_on(async { house.jwt.log_in(Identity::value(5)).await });
    assert!(matches!(number, Err(SessionError::NotIssued(EncodeError::SubjectNotText))));
    assert_eq!(block_on(house.jwt.list_sessions("alice")).unwrap(), []);

    // With the preset, an application can overwrite claims, but not those that sessions depend on.
    let preset = self::house(Config::flask_compatible());
    for name in ["sid", "auth_time", "jti", "sub"] {
        let refused = block_on(async { preset.jwt.log_in("alice").claim(name, "x").await });
        assert!(matches!(refused, Err(SessionError::NotIssued(EncodeError::ReservedClaim(_)))), "{name}");
    }
    assert!(preset.jwt.access_token("alice").claim("jti", "x").encode().is_ok());
}

#[test]
fn the_identity_loader_makes_the_subject() {
    let house = house_with(Config::default(), |builder| {
        builder.user_identity_loader(|user: &Value| user["name"].as_str().map(String::from))
    });
    let pair = block_on(async { house.jwt.log_in(Identity::value(json!({"name": "alice"}))).await }).unwrap();
    assert_eq!(house.read(pair.access()).identity(), "alice");
    assert_eq!(block_on(house.jwt.list_sessions("alice")).unwrap().len(), 1);
    // Exchanged tokens have the same subject, whatever the loader makes of a string.
    assert_eq!(house.read(house.rotate(pair.refresh()).unwrap().access()).identity(), "alice");
}

#[test]
fn identities_that_are_not_strings_have_sessions_too() {
    let house = house(Config::default().verify_sub(false));
    let pair = block_on(async { house.jwt.log_in(Identity::value(5)).await }).unwrap();
    assert_eq!(kind(&house, pair.access(), &Policy::access()), None);
    let next = house.rotate(pair.refresh()).unwrap();
    assert_eq!(house.read(next.access()).identity_value(), json!(5));
    assert_eq!(block_on(house.jwt.end_sessions("5")).unwrap(), 1);
}

#[test]
fn a_log_out_ends_every_token_of_the_session_and_no_other() {
    let house = house(Config::default());
    let (one, other) = (house.log_in("alice"), house.log_in("alice"));
    let newer = house.rotate(one.refresh()).unwrap();
    block_on(house.jwt.log_out(&house.read(one.access()))).unwrap();
    assert_eq!(house.told.take(), ["ended 1 by One"]);
    for token in [one.access(), newer.access()] {
        assert_eq!(kind(&house, token, &Policy::access()), Some(ErrorKind::RevokedToken));
    }
    assert_eq!(kind(&house, newer.refresh(), &Policy::refresh()), Some(ErrorKind::RevokedToken));
    assert_eq!(house.told.take(), ["revoked used"; 3]);
    assert_eq!(kind(&house, other.access(), &Policy::access()), None);
    // A second logout finds nothing to end. This is not an error.
    block_on(house.jwt.log_out(&house.read(one.access()))).unwrap();
    assert_eq!(house.told.take(), [""; 0], "nothing has ended");
    let skipping = Policy::access().skip_revocation_check();
    assert_eq!(kind(&house, one.access(), &skipping), None);
}

#[test]
fn tokens_without_a_session_are_revoked_one_by_one() {
    let house = house(Config::default());
    let token = house.jwt.access_token("alice").encode().unwrap();
    let other = house.jwt.access_token("alice").encode().unwrap();
    block_on(house.jwt.log_out(&house.read(&token))).unwrap();
    assert_eq!(kind(&house, &token, &Policy::access()), Some(ErrorKind::RevokedToken));
    block_on(house.jwt.revoke(&other)).unwrap();
    assert_eq!(kind(&house, &other, &Policy::access()), Some(ErrorKind::RevokedToken));
}

#[test]
fn a_token_is_revoked_by_what_was_signed_and_also_when_it_has_expired() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    house.clock.set(at(NOW + 901));
    block_on(house.jwt.revoke(pair.access())).unwrap();
    // The clock is set back, so the token has not expired anymore.
    house.clock.set(at(NOW + 1));
    assert_eq!(kind(&house, pair.access(), &Policy::access()), Some(ErrorKind::RevokedToken));
    // Its session continues.
    assert_eq!(kind(&house, house.rotate(pair.refresh()).unwrap().access(), &Policy::access()), None);

    let forged = format!("{}x", pair.access());
    assert!(matches!(block_on(house.jwt.revoke(&forged)), Err(TokenError::Invalid(_))));
    let preset = self::house(Config::flask_compatible());
    let nameless = sign(HEADER, payload(&[("jti", "")]));
    assert_eq!(invalid(block_on(preset.jwt.revoke(&nameless))), InvalidToken::ClaimMissing("jti".into()));
}

#[test]
fn sessions_are_listed_with_label_and_use_the_newest_first() {
    let house = house(Config::default());
    let phone = block_on(async { house.jwt.log_in("alice").label("phone").await }).unwrap();
    house.clock.set(at(NOW + 5));
    house.log_in("alice");
    house.log_in("bob");
    house.clock.set(at(NOW + 9));
    house.rotate(phone.refresh()).unwrap();
    let sessions = block_on(house.jwt.list_sessions("alice")).unwrap();
    let seen: Vec<_> =
        sessions.iter().map(|one| (one.label.as_deref(), one.started_at, one.last_used_at)).collect();
    assert_eq!(
        seen,
        [(None, at(NOW + 5), at(NOW + 5)), (Some("phone"), at(NOW), at(NOW + 9))],
        "the newest first"
    );
    assert_eq!(sessions[1].id, phone.session());
    assert_eq!(sessions[1].expires_at, at(NOW + 9 + 30 * 24 * 60 * 60));
}

#[test]
fn sessions_end_one_by_one_or_all_or_all_but_one_or_by_their_time() {
    let house = house(Config::default());
    let alive = |token: &str| kind(&house, token, &Policy::access()).is_none();
    let pairs: Vec<_> = (0..3).map(|_| house.log_in("alice")).collect();
    let bob = house.log_in("bob");
    assert!(!block_on(house.jwt.end_session("bob", pairs[0].session())).unwrap(), "not bob's");
    assert!(alive(pairs[0].access()));
    assert!(block_on(house.jwt.end_session("alice", pairs[0].session())).unwrap());
    assert!(!block_on(house.jwt.end_session("alice", pairs[0].session())).unwrap(), "ended before");
    assert_eq!(block_on(house.jwt.end_other_sessions(&house.read(pairs[1].access()))).unwrap(), 1);
    assert!(alive(pairs[1].access()) && !alive(pairs[2].access()));
    assert_eq!(block_on(house.jwt.end_sessions("alice")).unwrap(), 1);
    assert!(!alive(pairs[1].access()) && alive(bob.access()));

    let loose = house.jwt.access_token("bob").encode().unwrap();
    let before = house.log_in("bob");
    house.clock.set(at(NOW) + std::time::Duration::from_millis(700));
    let since = house.log_in("bob");
    let moment = at(NOW) + std::time::Duration::from_millis(700);
    assert_eq!(block_on(house.jwt.end_issued_before(Some("bob"), moment)).unwrap(), 2);
    assert!(!alive(before.access()) && !alive(&loose), "iat of the same second");
    assert!(alive(since.access()), "started at the moment");
    house.clock.set(at(NOW + 2));
    assert_eq!(block_on(house.jwt.end_issued_before(None, at(NOW + 1))).unwrap(), 1);
    assert!(!alive(since.access()));
    assert!(alive(house.log_in("bob").access()));
}

#[test]
fn a_session_ends_by_its_idle_and_by_its_absolute_limit() {
    let config = Config::default().session_idle_expires(secs(100)).session_expires(secs(250));
    let house = house(config.access_token_expires(secs(10_000)));
    let first = house.log_in("alice");
    assert_eq!(first.expires_in(), Some(100), "no token outlives its session");
    let access = house.read(first.access());
    house.clock.set(at(NOW + 99));
    assert_eq!(kind(&house, first.access(), &Policy::access()), None);
    let second = house.rotate(first.refresh()).unwrap();
    assert_eq!(house.read(second.refresh()).expires_at(), Some(at(NOW + 199)));
    house.clock.set(at(NOW + 198));
    let third = house.rotate(second.refresh()).unwrap();
    assert_eq!(house.read(third.refresh()).expires_at(), Some(at(NOW + 250)));
    assert_eq!(access.expires_at(), Some(at(NOW + 100)));
    assert_eq!(house.read(third.access()).expires_at(), Some(at(NOW + 250)));
    house.clock.set(at(NOW + 250));
    assert_eq!(kind(&house, third.access(), &Policy::access()), Some(ErrorKind::ExpiredToken));
    let over = house.rotate(third.refresh()).unwrap_err();
    assert!(matches!(over, SessionError::Rejected(TokenError::Expired(_))));

    let short = self::house(Config::default().session_expires(secs(50)));
    let pair = short.log_in("alice");
    for token in [pair.access(), pair.refresh()] {
        assert_eq!(short.read(token).expires_at(), Some(at(NOW + 50)));
    }

    house.clock.set(at(NOW));
    let idle = house.log_in("alice");
    house.clock.set(at(NOW + 100));
    assert_eq!(kind(&house, idle.access(), &Policy::access()), Some(ErrorKind::ExpiredToken));
}

#[test]
fn subjects_of_another_issuer_are_not_ours() {
    let theirs = builder(Config::default().encode_issuer("theirs")).build().unwrap();
    let issuer = Issuer::new("theirs", KeySet::single(crate::support_keys::secret_key()));
    let house = house_with(Config::default(), |builder| builder.trusted_issuer(issuer));
    let ours = house.log_in("alice");
    let token = house.read(&theirs.access_token("alice").encode().unwrap());
    assert_eq!(block_on(house.jwt.list_sessions(&token)).unwrap(), []);
    assert!(!block_on(house.jwt.end_session(&token, ours.session())).unwrap());
    assert_eq!(block_on(house.jwt.end_sessions(&token)).unwrap(), 0);
    assert_eq!(block_on(house.jwt.log_out_everywhere(&token)).unwrap(), 0);
    assert_eq!(kind(&house, ours.access(), &Policy::access()), None);
    let own = house.read(ours.access());
    assert_eq!(block_on(house.jwt.list_sessions(&own)).unwrap().len(), 1);
    assert_eq!(block_on(house.jwt.end_sessions(&"alice".to_owned())).unwrap(), 1);
}

#[test]
fn a_logout_everywhere_includes_tokens_without_a_session() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let plain = house.jwt.access_token("alice").encode().unwrap();
    assert_eq!(block_on(house.jwt.log_out_everywhere(&house.read(&plain))).unwrap(), 1);
    for token in [&*plain, pair.access()] {
        assert_eq!(kind(&house, token, &Policy::access()), Some(ErrorKind::RevokedToken));
    }
}

#[test]
fn there_is_always_room_to_refuse_what_everyone_was_given() {
    let store = MemorySessions::with_limit(3);
    let clock = crate::support::Clock::new(at(NOW));
    let jwt = builder(Config::default()).clock(clock.reader()).session_store(store).build().unwrap();
    let cut = |subject, moment| block_on(jwt.end_issued_before(subject, at(moment)));
    for subject in ["a", "b", "c"] {
        cut(Some(subject), NOW).unwrap();
    }
    assert!(matches!(cut(Some("d"), NOW), Err(TokenError::Unavailable(_))));
    cut(Some("a"), NOW + 5).unwrap();
    cut(None, NOW + 1).unwrap();
    // Cutoffs up to the one for everyone have been removed.
    cut(Some("d"), NOW + 2).unwrap();
    clock.set(at(NOW + 4));
    let of = |identity: &str| jwt.access_token(identity).encode().unwrap();
    let refused = |token: &str| authenticate(&jwt, &bearer(token), &Policy::access()).is_err();
    assert!(refused(&of("a")) && !refused(&of("b")));
}

#[test]
fn a_store_that_fails_is_unavailable_whatever_is_asked() {
    let house = house(Config::default());
    let pair = house.log_in("alice");
    let token = house.read(pair.access());
    house.store.fail(true);
    let is_down = |error: TokenError| matches!(error, TokenError::Unavailable(_));
    assert_eq!(kind(&house, pair.access(), &Policy::access()), Some(ErrorKind::Unavailable));
    assert!(is_down(refused(block_on(house.jwt.log_out(&token)))));
    assert!(is_down(refused(block_on(house.jwt.revoke(pair.access())))));
    assert!(is_down(refused(block_on(house.jwt.list_sessions("alice")))));
    assert!(is_down(refused(block_on(house.jwt.end_sessions("alice")))));
    assert!(is_down(refused(block_on(house.jwt.end_issued_before(None, at(NOW))))));
    let SessionError::Rejected(error) = house.rotate(pair.refresh()).unwrap_err() else { panic!() };
    assert!(is_down(error));
    let SessionError::Rejected(error) = block_on(async { house.jwt.log_in("alice").await }).unwrap_err()
    else {
        panic!()
    };
    assert!(is_down(error));
    assert_eq!(house.told.take(), ["unavailable: the store is down"; 8]);
    house.store.fail(false);
    assert_eq!(kind(&house, pair.access(), &Policy::access()), None);
    // The token has not been used up.
    assert!(house.rotate(pair.refresh()).is_ok());
}

#[test]
fn without_a_store_the_operations_say_how_to_fix_it() {
    let jwt = manager(Config::default());
    let token = jwt.decode(&jwt.access_token("alice").encode().unwrap()).unwrap();
    let misuse = |result: Result<(), TokenError>| match refused(result) {
        TokenError::Misuse(misuse) => misuse,
        other => panic!("{other:?}"),
    };
    assert_eq!(misuse(block_on(jwt.log_out(&token))), Misuse::NoStore);
    assert_eq!(misuse(block_on(jwt.list_sessions("alice")).map(|_| ())), Misuse::NoSessionStore);
    let log_in = block_on(async { jwt.log_in("alice").await }).unwrap_err();
    assert!(matches!(log_in, SessionError::Rejected(TokenError::Misuse(Misuse::NoSessionStore))));
}

#[test]
fn a_table_of_revoked_tokens_is_enough_to_revoke() {
    let store = MemorySessions::new();
    let jwt = builder(Config::default()).revocation_store(store.clone()).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    assert!(authenticate(&jwt, &bearer(&token), &Policy::access()).is_ok());
    block_on(jwt.log_out(&jwt.decode(&token).unwrap())).unwrap();
    assert_eq!(
        refused(authenticate(&jwt, &bearer(&token), &Policy::access())).kind(),
        ErrorKind::RevokedToken
    );
    // Without a store, `sid` is an ordinary claim.
    let free = jwt.access_token("alice").claim("sid", 5).encode().unwrap();
    assert!(authenticate(&jwt, &bearer(&free), &Policy::access()).is_ok());
    let log_in = block_on(async { jwt.log_in("alice").await }).unwrap_err();
    assert!(matches!(log_in, SessionError::Rejected(TokenError::Misuse(Misuse::NoSessionStore))));
}

#[test]
fn the_loader_is_called_after_the_store() {
    let house = house_with(Config::default(), |builder| {
        builder.token_in_blocklist_loader(|token| async move { token.identity() == "mallory" })
    });
    assert_eq!(kind(&house, house.log_in("alice").access(), &Policy::access()), None);
    let mallory = house.log_in("mallory");
    assert_eq!(kind(&house, mallory.access(), &Policy::access()), Some(ErrorKind::RevokedToken));
    assert_eq!(house.told.take(), ["revoked used"]);
}

#[test]
fn the_sid_of_another_issuer_is_its_own_affair() {
    let theirs = builder(Config::default().encode_issuer("theirs")).build().unwrap();
    let issuer = Issuer::new("theirs", KeySet::single(crate::support_keys::secret_key()));
    let house = house_with(Config::default(), |builder| builder.trusted_issuer(issuer));
    let token = theirs.access_token("alice").claim("sid", "of theirs").encode().unwrap();
    let known = authenticate(&house.jwt, &bearer(&token), &Policy::access().issuer("theirs")).unwrap();
    assert_eq!(known.token().unwrap().session(), None);
}

#[test]
fn a_sid_must_be_text_and_of_a_session_that_is_there() {
    let house = house(Config::default());
    let token = |sid| sign(HEADER, payload(&[("sid", sid)]));
    assert_eq!(invalid(house.jwt.decode(&token("5"))), InvalidToken::ClaimType("sid".into()));
    assert_eq!(
        kind(&house, &token("\"nobody's\""), &Policy::access()),
        Some(ErrorKind::RevokedToken),
        "unknown"
    );
    let pair = house.log_in("bob");
    let stolen = token(&format!("{:?}", pair.session()));
    assert_eq!(kind(&house, &stolen, &Policy::access()), Some(ErrorKind::RevokedToken), "bob's, not alice's");
}

#[test]
fn other_kinds_of_tokens_work_next_to_sessions() {
    let house = house(Config::default());
    const RESET: TokenKind = TokenKind::custom("password_reset");
    let token = house.jwt.token(RESET, "alice").encode().unwrap();
    assert_eq!(kind(&house, &token, &Policy::of(RESET)), None);
    let refresh = house.jwt.refresh_token("alice").encode().unwrap();
    let refused = house.rotate(&refresh).unwrap_err();
    assert!(matches!(refused, SessionError::Rejected(TokenError::Revoked(_))), "of no session");
}

#[test]
fn a_full_memory_store_refuses_and_keeps_what_is_alive() {
    let store = MemorySessions::with_limit(2);
    let clock = crate::support::Clock::new(at(NOW));
    let jwt = builder(Config::default()).clock(clock.reader()).session_store(store.clone()).build().unwrap();
    let log_in = || block_on(async { jwt.log_in("alice").await });
    let (one, two) = (log_in().unwrap(), log_in().unwrap());
    let SessionError::Rejected(TokenError::Unavailable(full)) = log_in().unwrap_err() else { panic!() };
    assert_eq!(full.downcast_ref(), Some(&MemoryError::Full));
    for pair in [&one, &two] {
        assert!(authenticate(&jwt, &bearer(pair.access()), &Policy::access()).is_ok());
    }
    // Sessions that have ended or expired make room.
    block_on(jwt.log_out(&jwt.decode(one.access()).unwrap())).unwrap();
    log_in().unwrap();
    log_in().unwrap_err();
    clock.set(at(NOW + 30 * 24 * 60 * 60));
    let third = log_in().unwrap();
    assert_eq!(store.entries(), 1);

    for number in 0..2 {
        let token = jwt.access_token("bob").claim("n", number).encode().unwrap();
        block_on(jwt.revoke(&token)).unwrap();
        block_on(jwt.revoke(&token)).unwrap();
    }
    let token = jwt.access_token("bob").encode().unwrap();
    assert!(matches!(block_on(jwt.revoke(&token)), Err(TokenError::Unavailable(_))));
    assert!(authenticate(&jwt, &bearer(third.access()), &Policy::access()).is_ok());
}

#[test]
fn memory_tells_many_revoked_tokens_from_those_that_are_not() {
    let store = MemorySessions::new();
    let ids: Vec<_> = (0..20_000).map(|number| number.to_string()).collect();
    for id in ids.iter().step_by(2) {
        block_on(store.revoke(RevokeRequest::new(
            TokenRef::new(Subject::new("a", "alice"), id),
            None,
            at(NOW),
        )))
        .unwrap();
    }
    assert_eq!(store.entries(), ids.len() / 2);
    let is_revoked = |issuer: &str, id: &str| {
        block_on(
            store.is_revoked(IsRevokedRequest::new(TokenRef::new(Subject::new(issuer, "bob"), id), at(NOW))),
        )
        .unwrap()
    };
    for pair in ids.chunks(2) {
        assert!(is_revoked("a", &pair[0]));
        assert!(!is_revoked("a", &pair[1]));
        // The names of issuer and token would be the same if they were concatenated.
        assert!(!is_revoked("", &format!("a{}", pair[0])));
        assert!(!is_revoked(&format!("a{}", pair[0]), ""));
    }
}

#[test]
fn what_has_expired_leaves_the_memory_by_itself() {
    let store = Arc::new(MemorySessions::new());
    let clock = crate::support::Clock::new(at(NOW));
    let config = Config::default().insecure_unlimited_sessions();
    let jwt = builder(config).clock(clock.reader()).session_store(store.clone()).build().unwrap();
    let mut most = 0;
    for hour in 0..40_000_u64 {
        clock.set(at(NOW + hour * 60 * 60));
        let user = format!("user {hour}");
        block_on(async { jwt.log_in(&user).await }).unwrap();
        block_on(jwt.revoke(&jwt.access_token(&user).encode().unwrap())).unwrap();
        most = most.max(store.entries());
    }
    // 720 sessions of 30 days and two revoked tokens are alive at any time.
    assert!(most < 12_000, "{most}");
    store.purge(at(NOW + 40_000 * 60 * 60));
    let alive = store.entries();
    assert!(alive <= 730, "{alive}");
    // New entries do not displace live ones.
    for _ in 0..200 {
        block_on(async { jwt.log_in("one").await }).unwrap();
    }
    assert_eq!(store.entries(), alive + 200);
}

#[test]
fn limits_of_sessions_have_bounds() {
    let build = |config: Config| builder(config).build().map(|_| ()).unwrap_err().to_string();
    for config in [
        Config::default().session_expires(secs(0)),
        Config::default().session_idle_expires(secs(0)),
        Config::default().session_expires(secs(101 * 366 * 24 * 60 * 60)),
        Config::default().rotation_grace(secs(61)),
    ] {
        assert!(!build(config).is_empty());
    }
    for claim in ["sid", "auth_time", "exchanged_at"] {
        let jwt = builder(Config::default().identity_claim(claim));
        assert!(jwt.session_store(MemorySessions::new()).build().is_err(), "{claim}");
    }
    for claim in ["sid", "exchanged_at", "client_id", "uid"] {
        let jwt = manager(Config::default().identity_claim(claim));
        let token = jwt.access_token("alice").encode().unwrap();
        assert_eq!(jwt.decode(&token).unwrap().identity(), "alice", "{claim}");
    }
}

/// A custom store with two plain `async fn` methods and nothing else.
struct Table(std::sync::Mutex<Vec<String>>);

impl jwt_core::session::Revocation for Table {
    async fn is_revoked(&self, request: IsRevokedRequest<'_>) -> Result<bool, BoxError> {
        Ok(self.0.lock().unwrap().iter().any(|id| Some(&**id) == request.token.id))
    }

    async fn revoke(&self, request: RevokeRequest<'_>) -> Result<(), BoxError> {
        let RevokeRequest { token, until, now, .. } = request;
        assert_eq!(until, Some(now + secs(15 * 60 + 60 * 60)), "its life, and an hour");
        self.0.lock().unwrap().push(token.id.ok_or("no jti")?.into());
        Ok(())
    }
}

#[test]
fn anybodys_own_table_will_do() {
    let jwt = builder(Config::default()).revocation_store(Table(Default::default())).build().unwrap();
    let token = jwt.access_token("alice").encode().unwrap();
    block_on(jwt.revoke(&token)).unwrap();
    assert!(authenticate(&jwt, &bearer(&token), &Policy::access()).is_err());
}
