use std::time::Duration;

use jwt_core::keys::{Algorithm, KeySet};
use jwt_test::{Discovery, FakeIssuer};
use serde_json::json;

use crate::client::{discovery, field, get, json, key_set, status, text};
use crate::{manager, up_to_date};

#[test]
fn the_discovery_document_leads_to_the_keys() {
    let issuer = FakeIssuer::start();
    assert_eq!(issuer.url(), format!("http://{}", issuer.address()));
    assert!(issuer.address().ip().is_loopback());

    let document = json(&discovery(&issuer));
    assert_eq!(document["issuer"], issuer.url());
    assert_eq!(document["jwks_uri"], issuer.jwks_url());
    assert_eq!(document["id_token_signing_alg_values_supported"], json!(["ES256"]));
    assert_eq!(field(&discovery(&issuer), "content-type").unwrap(), "application/json");

    let set = json(document["jwks_uri"].as_str().unwrap());
    assert_eq!(set, issuer.jwks());
    assert_eq!(set["keys"][0]["kid"], issuer.kid());
    assert!(up_to_date(&issuer).decode(&issuer.token().sign()).is_ok());
    assert_eq!(issuer.key_set().jwks(), key_set(&issuer).jwks());
}

#[test]
fn every_algorithm_signs_what_the_set_and_the_certificates_verify() {
    use Algorithm::{ES256, ES384, EdDSA, PS256, PS384, PS512, RS256, RS384, RS512};
    for algorithm in [ES256, ES384, EdDSA, RS256, RS384, RS512, PS256, PS384, PS512] {
        let issuer = FakeIssuer::builder().algorithm(algorithm).start();
        issuer.rotate();
        let token = issuer.token().sign();
        assert!(up_to_date(&issuer).decode(&token).is_ok(), "{algorithm}");
        assert_eq!(issuer.jwks()["keys"][1]["alg"], algorithm.as_str());

        let map = text(issuer.certificates_url());
        assert!(map.contains("BEGIN CERTIFICATE") && !map.contains("PRIVATE"), "{algorithm}");
        let keys = KeySet::from_certificate_map(algorithm, map).unwrap();
        assert_eq!(keys.jwks().len(), 2, "{algorithm}");
        assert!(manager(&issuer, keys).decode(&token).is_ok(), "{algorithm}");
    }
}

#[test]
#[should_panic(expected = "publishes its keys, so it cannot use HS256")]
fn an_issuer_does_not_publish_secrets() {
    let _ = FakeIssuer::builder().algorithm(Algorithm::HS256).start();
}

#[test]
fn an_issuer_with_a_path_is_discovered_in_every_form() {
    let issuer = FakeIssuer::builder().path("/realms/a").start();
    let root = format!("http://{}", issuer.address());
    assert_eq!(issuer.url(), format!("{root}/realms/a"));
    assert_eq!(issuer.jwks_url(), format!("{root}/realms/a/.well-known/jwks.json"));
    for path in [
        "/realms/a/.well-known/openid-configuration",
        "/.well-known/oauth-authorization-server/realms/a",
        "/.well-known/openid-configuration/realms/a",
    ] {
        assert_eq!(json(&format!("{root}{path}"))["issuer"], issuer.url(), "{path}");
    }
    for path in ["/.well-known/openid-configuration", "/realms/b/.well-known/openid-configuration", "/"] {
        assert_eq!(status(&format!("{root}{path}")), 404, "{path}");
    }
    assert_eq!((issuer.hits().discovery, issuer.hits().unknown, issuer.hits().total()), (3, 3, 6));
}

#[test]
fn an_issuer_can_have_one_form_or_none() {
    let places = [
        (Discovery::OpenIdAppended, "/a/.well-known/openid-configuration"),
        (Discovery::OAuthInserted, "/.well-known/oauth-authorization-server/a"),
        (Discovery::OpenIdInserted, "/.well-known/openid-configuration/a"),
    ];
    for (only, _) in places {
        let issuer = FakeIssuer::builder().path("/a").discovery([only]).start();
        for (place, path) in places {
            let expected = if place == only { 200 } else { 404 };
            assert_eq!(status(&format!("http://{}{path}", issuer.address())), expected, "{only:?} {path}");
        }
    }
    let issuer = FakeIssuer::builder().discovery([]).start();
    assert_eq!(status(&discovery(&issuer)), 404);
    assert_eq!(status(issuer.jwks_url()), 200);
}

#[test]
fn a_slash_at_the_end_of_a_name_is_part_of_it() {
    let issuer = FakeIssuer::builder().path("/").start();
    let root = format!("http://{}", issuer.address());
    assert_eq!(issuer.url(), format!("{root}/"));
    assert_eq!(issuer.jwks_url(), format!("{root}/.well-known/jwks.json"));
    assert_eq!(json(&format!("{root}/.well-known/openid-configuration"))["issuer"], issuer.url());

    let tenant = FakeIssuer::builder().named("https://tenant.example/a/").start();
    let local = tenant.local_url("https://tenant.example/a/.well-known/openid-configuration");
    assert_eq!(json(&local)["issuer"], "https://tenant.example/a/");
}

#[test]
#[should_panic(expected = "does not begin with a slash")]
fn a_path_begins_with_a_slash() {
    let _ = FakeIssuer::builder().path("realms/a");
}

#[test]
fn an_issuer_can_have_a_public_name_and_its_keys_on_another_host() {
    let google = FakeIssuer::builder()
        .named("https://accounts.google.com")
        .jwks_url("https://www.googleapis.com/oauth2/v3/certs")
        .certificates_url("https://www.googleapis.com/oauth2/v1/certs")
        .start();
    assert_eq!(google.url(), "https://accounts.google.com");

    let at = |url: &str| google.local_url(url);
    let document = json(&at("https://accounts.google.com/.well-known/openid-configuration"));
    assert_eq!(document["issuer"], "https://accounts.google.com");
    assert_eq!(document["jwks_uri"], "https://www.googleapis.com/oauth2/v3/certs");
    let keys = KeySet::from_jwks(text(&at(document["jwks_uri"].as_str().unwrap()))).unwrap();
    let token = google.token().sign();
    assert!(manager(&google, keys).decode(&token).is_ok());
    assert_eq!(google.certificates_url(), "https://www.googleapis.com/oauth2/v1/certs");
    let keys = KeySet::from_certificate_map(Algorithm::ES256, text(&at(google.certificates_url()))).unwrap();
    assert!(manager(&google, keys).decode(&token).is_ok());

    let root = format!("http://{}", google.address());
    assert_eq!(at("https://a.example/b?c=d&e"), format!("{root}/b?c=d&e"));
    assert_eq!(at("https://a.example"), format!("{root}/"));
}

#[test]
#[should_panic(expected = "\"accounts.google.com\" is not an absolute URL")]
fn a_name_is_a_url() {
    let _ = FakeIssuer::builder().named("accounts.google.com");
}

#[test]
fn documents_have_the_header_fields_of_a_cache() {
    let issuer = FakeIssuer::start();
    let fields = |name| [discovery(&issuer), issuer.jwks_url().to_owned()].map(|url| field(&url, name));
    assert_eq!([fields("cache-control"), fields("age")], [[None, None], [None, None]]);

    issuer.cache_control("public, max-age=300");
    issuer.age(Duration::from_secs(20));
    let is = |text: &str| [Some(text.to_owned()), Some(text.to_owned())];
    assert_eq!([fields("cache-control"), fields("age")], [is("public, max-age=300"), is("20")]);

    issuer.cache_control("");
    issuer.age(Duration::ZERO);
    assert_eq!([fields("cache-control"), fields("age")], [[None, None], [None, None]]);
}

#[test]
fn requests_are_counted_by_document() {
    let issuer = FakeIssuer::start();
    assert_eq!(issuer.hits().total(), 0);
    for (number, url) in
        [(1, discovery(&issuer)), (2, issuer.jwks_url().into()), (3, issuer.certificates_url().into())]
    {
        (0..number).for_each(|_| drop(get(&url).unwrap()));
    }
    get(&format!("{}/favicon.ico", issuer.url())).unwrap();
    let hits = issuer.hits();
    assert_eq!((hits.discovery, hits.jwks, hits.certificates, hits.unknown), (1, 2, 3, 1));
    assert_eq!((hits.total(), hits.revalidating), (7, 0));

    ureq::get(issuer.jwks_url()).header("cache-control", "max-age=0, no-cache").call().unwrap();
    assert_eq!((issuer.hits().jwks, issuer.hits().revalidating), (3, 1));

    let posted = ureq::post(issuer.jwks_url()).send_empty();
    assert!(matches!(posted, Err(ureq::Error::StatusCode(405))));
}
