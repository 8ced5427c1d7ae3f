use std::io::{ErrorKind, Read};
use std::thread;
use std::time::Duration;

use jwt_core::ConfigError;
use jwt_core::keys::{Algorithm, KeySet};
use jwt_test::{Failure, FakeIssuer};
use serde_json::json;

use crate::client::{discovery, field, get, head, is_silent, json, send, status, text, wait_for_hits};
use crate::up_to_date;

const SET: &str = "/.well-known/jwks.json";
const HOUR: Duration = Duration::from_secs(3600);

fn failing(failure: Failure) -> FakeIssuer {
    let issuer = FakeIssuer::start();
    issuer.fail(failure);
    issuer
}

fn set(issuer: &FakeIssuer) -> Result<KeySet, ConfigError> {
    KeySet::from_jwks(text(issuer.jwks_url()))
}

fn certificates(issuer: &FakeIssuer) -> Result<KeySet, ConfigError> {
    KeySet::from_certificate_map(Algorithm::ES256, text(issuer.certificates_url()))
}

#[test]
fn a_failure_concerns_one_document_or_all() {
    let issuer = FakeIssuer::start();
    let all = || [&discovery(&issuer), issuer.jwks_url(), issuer.certificates_url()].map(status);
    assert_eq!(all(), [200, 200, 200]);
    issuer.fail(Failure::Status(503));
    assert_eq!(all(), [503, 503, 503]);
    issuer.fail_jwks(Failure::Status(404));
    assert_eq!(all(), [503, 404, 404]);
    issuer.recover();
    assert_eq!(all(), [200, 200, 200]);
    issuer.fail_discovery(Failure::Status(500));
    assert_eq!(all(), [500, 200, 200]);
    issuer.recover();
    assert_eq!(all(), [200, 200, 200]);
    assert_eq!((issuer.hits().discovery, issuer.hits().jwks), (6, 6), "failures count");
}

#[test]
#[should_panic(expected = "100 is not the status of a complete response")]
fn a_status_ends_a_request() {
    FakeIssuer::start().fail(Failure::Status(100));
}

#[test]
fn redirects_lead_elsewhere_or_in_a_circle() {
    let issuer = failing(Failure::Redirect("http://other.example/keys".to_owned()));
    assert_eq!(status(issuer.jwks_url()), 302);
    assert_eq!(field(issuer.jwks_url(), "location").unwrap(), "http://other.example/keys");

    issuer.fail(Failure::RedirectLoop);
    assert_eq!((status(issuer.jwks_url()), field(issuer.jwks_url(), "location").unwrap()), (302, SET.into()));
    let before = issuer.hits().jwks;
    assert!(matches!(ureq::get(issuer.jwks_url()).call(), Err(ureq::Error::TooManyRedirects)));
    assert!(issuer.hits().jwks > before + 3);

    issuer.fail(Failure::Redirects(3));
    let before = issuer.hits().discovery;
    let body = ureq::get(discovery(&issuer)).call().unwrap().body_mut().read_to_string().unwrap();
    assert!(body.contains(issuer.jwks_url()));
    assert_eq!(issuer.hits().discovery, before + 4);
}

#[test]
fn a_request_hangs_until_the_issuer_recovers() {
    let issuer = failing(Failure::Hang);
    assert!(is_silent(&mut send(&issuer, SET)));
    let url = issuer.jwks_url().to_owned();
    let waiting = thread::spawn(move || text(&url));
    wait_for_hits(&issuer, 2);
    issuer.rotate();
    issuer.recover();
    let keys = KeySet::from_jwks(waiting.join().unwrap()).unwrap();
    assert_eq!(keys.jwks().len(), 2, "the keys are those of the moment of the response");
}

#[test]
fn a_hanging_request_gets_the_next_failure() {
    let issuer = failing(Failure::Hang);
    let mut stream = send(&issuer, SET);
    wait_for_hits(&issuer, 1);
    issuer.fail(Failure::Status(503));
    assert!(head(&mut stream).starts_with("HTTP/1.1 503"));
}

#[test]
fn documents_are_delayed() {
    let issuer = FakeIssuer::start();
    issuer.delay(HOUR);
    let mut stream = send(&issuer, SET);
    assert!(is_silent(&mut stream));
    issuer.delay(Duration::from_millis(1));
    assert!(head(&mut stream).starts_with("HTTP/1.1 200"));
    issuer.delay(Duration::ZERO);
    assert_eq!(status(issuer.jwks_url()), 200);
}

#[test]
fn connections_break_before_and_within_a_response() {
    let issuer = failing(Failure::Disconnect);
    let mut received = Vec::new();
    let result = send(&issuer, SET).read_to_end(&mut received);
    assert!(received.is_empty() && result.is_ok_and(|length| length == 0));
    assert_eq!(issuer.hits().jwks, 1);

    issuer.fail(Failure::Truncated);
    let mut response = get(issuer.jwks_url()).unwrap();
    assert_eq!(response.status(), 200);
    assert!(response.body_mut().read_to_string().is_err());
    // What arrives is the document.
    let mut stream = send(&issuer, SET);
    head(&mut stream);
    received.clear();
    let _ = stream.read_to_end(&mut received);
    assert_eq!(received, issuer.jwks().to_string().into_bytes());
}

#[test]
fn a_body_drips() {
    let issuer = failing(Failure::Drip(HOUR));
    let mut stream = send(&issuer, SET);
    let head = head(&mut stream);
    let announced = format!("content-length: {}\r\n", issuer.jwks().to_string().len());
    assert!(head.contains(&announced), "{head}");
    let mut first = [0];
    stream.read_exact(&mut first).unwrap();
    assert_eq!(first, *b"{");
    assert!(is_silent(&mut stream));

    issuer.fail(Failure::Drip(Duration::ZERO));
    assert_eq!(json(issuer.jwks_url()), issuer.jwks());
}

#[test]
fn a_body_does_not_end() {
    let issuer = failing(Failure::Endless);
    let mut stream = send(&issuer, SET);
    assert!(!head(&mut stream).contains("content-length"));
    let mut received = vec![0; 1_000_000];
    stream.read_exact(&mut received).unwrap();
    // Another client gets a response meanwhile.
    issuer.recover();
    assert_eq!(json(issuer.jwks_url()), issuer.jwks());
    stream.read_exact(&mut received).unwrap();

    issuer.fail(Failure::Huge(300_000_000));
    let mut stream = send(&issuer, SET);
    assert!(head(&mut stream).contains("content-length: 300000000\r\n"));
    issuer.fail(Failure::Huge(40_000));
    assert_eq!(text(issuer.jwks_url()).len(), 40_000);
}

#[test]
fn a_body_is_not_a_document() {
    let issuer = failing(Failure::Html);
    assert!(field(issuer.jwks_url(), "content-type").unwrap() == "text/html" && set(&issuer).is_err());
    assert!(text(&discovery(&issuer)).starts_with("<!DOCTYPE html>"));
    issuer.fail(Failure::EmptyObject);
    assert_eq!([json(issuer.jwks_url()), json(&discovery(&issuer))], [json!({}), json!({})]);
    issuer.fail(Failure::Body("[".to_owned()));
    assert_eq!([text(issuer.jwks_url()), text(&discovery(&issuer))], ["[", "["]);
}

#[test]
fn a_discovery_document_is_of_another_issuer() {
    let issuer = failing(Failure::OtherIssuer("https://evil.example".to_owned()));
    let document = || json(&discovery(&issuer));
    assert_eq!(
        (&document()["issuer"], &document()["jwks_uri"]),
        (&json!("https://evil.example"), &json!(issuer.jwks_url()))
    );
    issuer.fail(Failure::TrailingSlash);
    assert_eq!(document()["issuer"], format!("{}/", issuer.url()));
    issuer.fail(Failure::JwksUri("http://evil.example/keys".to_owned()));
    assert_eq!(
        (&document()["issuer"], &document()["jwks_uri"]),
        (&json!(issuer.url()), &json!("http://evil.example/keys"))
    );
    issuer.fail(Failure::NoJwksUri);
    assert_eq!((document()["issuer"].as_str(), document().get("jwks_uri")), (Some(issuer.url()), None));
    // These failures do not concern the keys.
    assert_eq!(json(issuer.jwks_url()), issuer.jwks());

    let slash = FakeIssuer::builder().path("/").start();
    slash.fail(Failure::TrailingSlash);
    let document = json(&format!("http://{}/.well-known/openid-configuration", slash.address()));
    assert_eq!(document["issuer"], format!("http://{}", slash.address()));
}

#[test]
fn a_type_must_be_named() {
    let issuer = failing(Failure::RequiresAccept("application/jwk-set+json"));
    let get = |accept: &str| ureq::get(issuer.jwks_url()).header("accept", accept).call();
    for bad in ["*/*", "application/json", "application/*", "application/jwk-set+json2"] {
        assert!(matches!(get(bad), Err(ureq::Error::StatusCode(406))), "{bad}");
    }
    for good in ["application/jwk-set+json", "text/html;q=0.1, Application/JWK-Set+JSON;q=0.5"] {
        let response = get(good).unwrap();
        assert_eq!(response.headers()["content-type"], "application/jwk-set+json", "{good}");
    }
    assert!(up_to_date_again(&issuer, &issuer.token().sign()));
}

#[test]
fn sets_are_bad_as_a_whole() {
    let issuer = FakeIssuer::start();
    let token = issuer.token().sign();
    for failure in [Failure::EmptySet, Failure::PrivateKey, Failure::UnusableKeys, Failure::ManyKeys(64)] {
        issuer.fail(failure.clone());
        assert!(set(&issuer).is_err(), "{failure:?}");
        assert!(certificates(&issuer).is_err(), "{failure:?}");
        assert_eq!(json(&discovery(&issuer))["issuer"], issuer.url(), "{failure:?}");
        assert!(up_to_date_again(&issuer, &token), "{failure:?}");
    }
}

fn up_to_date_again(issuer: &FakeIssuer, token: &str) -> bool {
    issuer.recover();
    certificates(issuer).is_ok() && up_to_date(issuer).decode(token).is_ok()
}

#[test]
fn a_bad_set_contains_what_its_name_says() {
    let issuer = failing(Failure::EmptySet);
    let keys = || json(issuer.jwks_url())["keys"].as_array().unwrap().clone();
    assert_eq!((keys().len(), json(issuer.certificates_url())), (0, json!({})));
    issuer.fail(Failure::ManyKeys(10_000));
    assert_eq!(keys().len(), 10_001);
    issuer.fail(Failure::PrivateKey);
    assert_eq!(keys()[0], issuer.jwks()["keys"][0]);
    // The private key is complete, and is not that of the issuer.
    let private = keys()[1].to_string();
    let key = jwt_core::keys::SigningKey::from_jwk(Algorithm::ES256, &private).unwrap();
    assert!(up_to_date_again(&issuer, &issuer.token().sign()));
    assert!(
        up_to_date(&issuer).decode(&issuer.token().signed_with(key.with_id(issuer.kid())).sign()).is_err()
    );
}

#[test]
fn one_bad_key_leaves_the_others() {
    let issuer = failing(Failure::OneUnusableKey);
    assert_eq!(json(issuer.jwks_url())["keys"][0]["kid"], "damaged");
    assert_eq!(json(issuer.jwks_url())["keys"].as_array().unwrap().len(), 2);
    assert_eq!((set(&issuer).unwrap().jwks().len(), certificates(&issuer).unwrap().jwks().len()), (1, 1));
    assert!(json(issuer.certificates_url())["damaged"].is_string());
    assert!(up_to_date(&issuer).decode(&issuer.token().sign()).is_ok());
}

#[test]
fn an_issuer_that_stops_closes_its_connections() {
    let issuer = failing(Failure::Hang);
    let mut stream = send(&issuer, SET);
    wait_for_hits(&issuer, 1);
    let address = issuer.address();
    drop(issuer);
    let ended = stream.read(&mut [0]);
    assert!(ended.as_ref().is_ok_and(|length| *length == 0) || ended.is_err(), "{ended:?}");
    let error = std::net::TcpStream::connect(address).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
}

#[test]
fn an_issuer_that_was_dropped_has_stopped() {
    // Without waiting for the thread, some of the ports would still be open.
    for _ in 0..50 {
        let address = FakeIssuer::start().address();
        let error = std::net::TcpStream::connect(address).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
    }
}

#[test]
fn an_issuer_stops_while_it_sends() {
    let issuer = failing(Failure::Endless);
    let mut stream = send(&issuer, SET);
    let reading = thread::spawn(move || {
        let mut received = vec![0; 100_000];
        while stream.read(&mut received).is_ok_and(|length| length > 0) {}
    });
    wait_for_hits(&issuer, 1);
    drop(issuer);
    reading.join().unwrap();
}
