//! Sets in files.

use jwt_core::keys::{Algorithm, KeySet, Secret, SigningKey, VerifyingKey};
use jwt_jwks::{FetchErrorKind, RemoteIssuer};
use jwt_test::{Failure, FakeIssuer};

use crate::client::tempfile;
use crate::setup::{Clock, manager, status};

#[tokio::test]
async fn a_file_is_read_again() {
    let issuer = FakeIssuer::start();
    let folder = tempfile();
    let path = folder.join("keys.json");
    let clock = Clock::default();
    let login = RemoteIssuer::file(issuer.url(), &path).clock(clock.now()).build().unwrap();
    let jwt = manager(&login);
    let first = issuer.token().sign();
    assert_eq!(status(&jwt, &first).await, 503);
    assert_eq!(login.status().last_error().unwrap().kind(), FetchErrorKind::File);
    std::fs::write(&path, issuer.jwks().to_string()).unwrap();
    clock.advance(5);
    assert_eq!(status(&jwt, &first).await, 200);

    // A new key is found at once.
    let kid = issuer.kid();
    issuer.rotate();
    std::fs::write(&path, issuer.jwks().to_string()).unwrap();
    assert_eq!(status(&jwt, &issuer.token().sign()).await, 200);
    // A withdrawn one is used until the time to live has passed.
    issuer.withdraw(&kid);
    std::fs::write(&path, issuer.jwks().to_string()).unwrap();
    assert_eq!(status(&jwt, &first).await, 200);
    clock.advance(60);
    assert_eq!(status(&jwt, &first).await, 401);

    // A file that is damaged leaves the keys.
    std::fs::write(&path, "{").unwrap();
    clock.advance(60);
    assert_eq!(status(&jwt, &issuer.token().sign()).await, 200);
    assert_eq!(login.status().last_error().unwrap().kind(), FetchErrorKind::Keys);
    std::fs::write(&path, " ".repeat(300_000)).unwrap();
    assert_eq!(login.refresh().await.unwrap_err().kind(), FetchErrorKind::TooLarge);
    std::fs::remove_file(&path).unwrap();
    std::fs::create_dir(&path).unwrap();
    let error = login.refresh().await.unwrap_err();
    assert!(error.to_string().contains("not a regular file"), "{error}");
    std::fs::remove_dir_all(folder).unwrap();
}

#[tokio::test]
async fn added_keys_survive_each_fetch() {
    let issuer = FakeIssuer::start();
    let secret = Secret::generate().unwrap();
    let key = || VerifyingKey::from_secret(Algorithm::HS256, secret.clone()).unwrap();
    let other =
        jwt_core::JwtManager::builder(jwt_core::Config::default().issuer(issuer.url()).audience("api"))
            .secret(secret.clone())
            .build()
            .unwrap();
    let own = other.access_token("alice").encode().unwrap();
    let login = RemoteIssuer::discover(issuer.url()).add_key(key()).build().unwrap();
    let jwt = manager(&login);
    // Not before the first fetch.
    assert!(jwt.decode(&own).is_err());
    assert_eq!(status(&jwt, &own).await, 200);
    login.refresh().await.unwrap();
    assert_eq!(status(&jwt, &own).await, 200);
    assert_eq!(status(&jwt, &issuer.token().sign()).await, 200);
}

/// An issuer that signs with a secret alone has nothing to publish.
#[tokio::test]
async fn an_empty_set_is_enough_with_an_added_key() {
    let issuer = FakeIssuer::start();
    let secret = Secret::generate().unwrap();
    let key = || VerifyingKey::from_secret(Algorithm::HS256, secret.clone()).unwrap();
    let own = || SigningKey::from_secret(Algorithm::HS256, secret.clone()).unwrap();
    let (published, added) = (issuer.token().sign(), issuer.token().signed_with(own()).sign());
    let login = RemoteIssuer::discover(issuer.url()).add_key(key()).build().unwrap();
    let jwt = manager(&login);
    assert_eq!((status(&jwt, &published).await, status(&jwt, &added).await), (200, 200));
    issuer.fail_jwks(Failure::EmptySet);
    login.refresh().await.unwrap();
    // The keys of before are withdrawn.
    assert_eq!((status(&jwt, &published).await, status(&jwt, &added).await), (401, 200));
    for bad in [
        Failure::EmptyObject,
        Failure::UnusableKeys,
        Failure::PrivateKey,
        Failure::Body(r#"{"keys":{}}"#.into()),
        Failure::Body(r#"{"keys":[],"keys":[]}"#.into()),
        Failure::Body("[]".into()),
        Failure::Html,
    ] {
        issuer.fail_jwks(bad.clone());
        assert_eq!(login.refresh().await.unwrap_err().kind(), FetchErrorKind::Keys, "{bad:?}");
    }
    issuer.fail_jwks(Failure::EmptySet);
    let map = RemoteIssuer::jwks(issuer.url(), issuer.certificates_url()).certificate_map(Algorithm::ES256);
    map.add_key(key()).build().unwrap().ready().await.unwrap();
    let none = RemoteIssuer::discover(issuer.url()).build().unwrap();
    assert_eq!(none.ready().await.unwrap_err().kind(), FetchErrorKind::Keys);
}

#[tokio::test]
async fn a_seed_is_used_at_once_and_replaced() {
    let issuer = FakeIssuer::start();
    let kid = issuer.kid();
    let seed = KeySet::from_jwks(issuer.jwks().to_string()).unwrap();
    let old = issuer.token().sign();
    issuer.rotate();
    issuer.withdraw(&kid);
    issuer.fail(Failure::Status(500));
    let clock = Clock::default();
    let login = RemoteIssuer::discover(issuer.url()).seed(seed).clock(clock.now()).build().unwrap();
    let jwt = manager(&login);
    assert!(jwt.decode(&old).is_ok());
    assert_eq!(status(&jwt, &old).await, 200);
    assert!(login.refresh().await.is_err());
    clock.advance(3600);
    assert_eq!(status(&jwt, &old).await, 200);
    clock.advance(70);
    assert_eq!(status(&jwt, &old).await, 503);
    issuer.recover();
    clock.advance(60);
    assert_eq!(status(&jwt, &issuer.token().sign()).await, 200);
    assert_eq!(status(&jwt, &old).await, 401);
}
