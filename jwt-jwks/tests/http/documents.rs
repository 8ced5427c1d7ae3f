//! Everything that a provider can send instead of its documents.

use std::time::Duration;

use jwt_jwks::{FetchErrorKind, RemoteIssuer};
use jwt_test::{Discovery, Failure, FakeIssuer};

use crate::setup::{Clock, manager, status};

/// A failure of all documents, the kind of the error, and a part of its text, which says what to do.
fn failures() -> Vec<(Failure, FetchErrorKind, &'static str)> {
    use FetchErrorKind as Kind;
    vec![
        (Failure::Status(500), Kind::Status, "responded with 500: the server has an error"),
        (Failure::Status(404), Kind::Status, "responded with 404: check the address"),
        (Failure::Status(401), Kind::Status, "requires authentication"),
        (Failure::Status(429), Kind::Status, "limits requests"),
        (Failure::Status(204), Kind::Status, "responded with 204"),
        (Failure::Redirect("http://login.example/keys".into()), Kind::Address, "must begin with https://"),
        (Failure::Redirect("ftp://login.example/keys".into()), Kind::Address, "must begin with https://"),
        (Failure::RedirectLoop, Kind::Address, "redirects more than three times"),
        (Failure::Redirects(4), Kind::Address, "redirects more than three times"),
        (Failure::Hang, Kind::TimedOut, "raise the timeout"),
        (Failure::Disconnect, Kind::Unreachable, "check the address"),
        (Failure::Truncated, Kind::Unreachable, "cannot fetch"),
        (Failure::Drip(Duration::from_secs(1)), Kind::TimedOut, "raise the timeout"),
        (Failure::Endless, Kind::TooLarge, "larger than 262144 bytes"),
        (Failure::Huge(300_000_000), Kind::TooLarge, "larger than 262144 bytes"),
        (Failure::Html, Kind::Document, "not a discovery document in JSON"),
        (Failure::EmptyObject, Kind::Document, "has no issuer"),
        (Failure::Body(r#"{"issuer":[],"jwks_uri":1}"#.into()), Kind::Document, "not a discovery document"),
        (
            Failure::OtherIssuer("https://evil.example".into()),
            Kind::Issuer,
            "says \"https://evil.example\": configure",
        ),
        (Failure::TrailingSlash, Kind::Issuer, "/\", with a trailing slash: configure exactly this name"),
        (Failure::JwksUri("http://169.254.169.254/keys".into()), Kind::Address, "must begin with https://"),
        (Failure::JwksUri("file:///etc/passwd".into()), Kind::Address, "has no host"),
        (Failure::JwksUri("/keys".into()), Kind::Address, "not an absolute URL"),
        (Failure::NoJwksUri, Kind::Document, "use RemoteIssuer::jwks"),
        (Failure::EmptySet, Kind::Keys, "are not usable: "),
        (Failure::PrivateKey, Kind::Keys, "private"),
        (Failure::ManyKeys(64), Kind::Keys, "64"),
        (Failure::ManyKeys(10_000), Kind::TooLarge, "larger than"),
        (Failure::UnusableKeys, Kind::Keys, "are not usable: "),
    ]
}

#[tokio::test]
async fn a_bad_document_leaves_the_old_keys() {
    let issuer = FakeIssuer::start();
    let clock = Clock::default();
    let good = issuer.token().sign();
    for (failure, kind, part) in failures() {
        println!("{failure:?}");
        // Long enough for good documents on a busy machine.
        let limit = match failure {
            Failure::Hang | Failure::Drip(_) => Duration::from_millis(700),
            _ => Duration::from_secs(5),
        };
        let remote =
            || RemoteIssuer::discover(issuer.url()).timeout(limit).clock(clock.now()).build().unwrap();
        let known = remote();
        known.ready().await.unwrap();
        let jwt = manager(&known);
        issuer.fail(failure.clone());
        let error = known.refresh().await.unwrap_err();
        println!("    {error}");
        assert_eq!(error.kind(), kind, "{failure:?}: {error}");
        assert!(error.to_string().contains(part), "{failure:?}: {error}");
        assert!(!error.to_string().contains('\n') && error.to_string().len() < 1000, "{failure:?}: {error}");
        assert!(jwt.decode(&good).is_ok(), "{failure:?}");
        // Nobody knows whether the issuer has this key.
        assert_eq!(status(&jwt, &issuer.token().signed_by_unknown_key().sign()).await, 503, "{failure:?}");
        assert_eq!(status(&jwt, &good).await, 200, "{failure:?}");

        // An application that starts now.
        let new = remote();
        let starts = manager(&new);
        assert_eq!(status(&starts, &good).await, 503, "{failure:?}");
        assert_eq!(new.status().last_error().map(jwt_jwks::FetchError::kind), Some(kind), "{failure:?}");
        issuer.recover();
        // It is too early for another attempt.
        assert_eq!(status(&starts, &good).await, 503, "{failure:?}");
        clock.advance(5);
        assert_eq!(status(&starts, &good).await, 200, "{failure:?}");
        known.refresh().await.unwrap();
    }
}

#[tokio::test]
async fn one_bad_key_does_not_spoil_the_set() {
    let issuer = FakeIssuer::start();
    issuer.fail(Failure::OneUnusableKey);
    let login = RemoteIssuer::discover(issuer.url()).build().unwrap();
    assert_eq!(status(&manager(&login), &issuer.token().sign()).await, 200);
}

#[tokio::test]
async fn a_byte_order_mark_is_skipped() {
    let issuer = FakeIssuer::start();
    issuer.fail_jwks(Failure::Body(format!("\u{feff}{}", issuer.jwks())));
    let login = RemoteIssuer::discover(issuer.url()).build().unwrap();
    assert_eq!(status(&manager(&login), &issuer.token().sign()).await, 200);
}

#[tokio::test]
async fn all_forms_of_discovery_are_found() {
    for form in [Discovery::OpenIdAppended, Discovery::OAuthInserted, Discovery::OpenIdInserted] {
        for path in ["/", "/realms/a", "/realms/a/"] {
            let issuer = FakeIssuer::builder().path(path).discovery([form]).start();
            let login = RemoteIssuer::discover(issuer.url()).build().unwrap();
            login.ready().await.unwrap_or_else(|error| panic!("{form:?} {path:?}: {error}"));
            assert_eq!(status(&manager(&login), &issuer.token().sign()).await, 200);
        }
    }
}

#[tokio::test]
async fn a_single_jwk_is_refused() {
    let issuer = FakeIssuer::start();
    issuer.fail_jwks(Failure::Body(issuer.jwks()["keys"][0].to_string()));
    let login = RemoteIssuer::discover(issuer.url()).build().unwrap();
    let error = login.ready().await.unwrap_err();
    assert_eq!(error.kind(), FetchErrorKind::Keys);
    assert!(error.to_string().contains("single JWK"), "{error}");
}

#[tokio::test]
async fn texts_of_a_document_cannot_fill_the_log() {
    let issuer = FakeIssuer::start();
    issuer.fail_discovery(Failure::OtherIssuer(format!(
        "https://evil.example/\r\n\u{1b}[2J{}",
        "a".repeat(100_000)
    )));
    let login = RemoteIssuer::discover(issuer.url()).build().unwrap();
    let error = login.ready().await.unwrap_err().to_string();
    assert!(error.len() < 1000 && !error.contains(['\r', '\n', '\u{1b}']), "{error}");
    issuer.fail_jwks(Failure::Body(format!(r#"{{"keys":[{{"kty":"{}"}}]}}"#, "x\\n".repeat(10_000))));
    issuer.recover();
    issuer.fail_jwks(Failure::Body(format!(r#"{{"keys":[{{"kty":"{}"}}]}}"#, "x\\n".repeat(10_000))));
    let error = login.refresh().await.unwrap_err().to_string();
    assert!(error.len() < 1500 && !error.contains('\n'), "{error}");
}

#[tokio::test]
async fn certificate_maps_are_read() {
    let issuer = FakeIssuer::start();
    let login = RemoteIssuer::jwks(issuer.url(), issuer.certificates_url())
        .certificate_map(jwt_core::keys::Algorithm::ES256)
        .build()
        .unwrap();
    assert_eq!(status(&manager(&login), &issuer.token().sign()).await, 200);
}
