use std::time::{Duration, UNIX_EPOCH};

use jwt_core::keys::Secret;
use jwt_core::{Config, JwtManager, TokenError};
use jwt_test::{FakeClock, FakeIssuer};

const MINUTE: Duration = Duration::from_secs(60);

#[test]
fn all_clones_and_readers_show_the_same_time() {
    let clock = FakeClock::new(UNIX_EPOCH + MINUTE);
    let (other, read) = (clock.clone(), clock.reader());
    clock.advance(MINUTE);
    assert_eq!([clock.now(), other.now(), read()], [UNIX_EPOCH + 2 * MINUTE; 3]);
    other.set(UNIX_EPOCH);
    assert_eq!([clock.now(), other.now(), read()], [UNIX_EPOCH; 3]);
}

#[test]
fn managers_and_issuers_use_the_time_of_the_clock() {
    let clock = FakeClock::new(UNIX_EPOCH + MINUTE);
    let jwt = JwtManager::builder(Config::default()).secret(Secret::generate().unwrap());
    let jwt = jwt.clock(clock.reader()).build().unwrap();
    let token = jwt.access_token("alice").expires_in(MINUTE).encode().unwrap();
    clock.advance(MINUTE - Duration::from_millis(1));
    assert!(jwt.decode(&token).is_ok());
    clock.advance(Duration::from_millis(1));
    assert!(matches!(jwt.decode(&token), Err(TokenError::Expired(_))));

    let issuer = FakeIssuer::builder().clock(clock.reader()).start();
    let claims = jwt.insecure_unverified(&issuer.token().sign()).unwrap();
    assert_eq!(claims.claims()["iat"], 120);
}
