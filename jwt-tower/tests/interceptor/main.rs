//! The interceptor for tonic, with a real client over the loopback interface.

// Helpers panic like the tests that call them.
#![allow(clippy::arithmetic_side_effects, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

#[path = "../layer/tonic_support.rs"]
mod tonic_support;

use std::sync::Arc;

use jwt_tower::keys::{KeySet, Secret};
use jwt_tower::session::MemorySessions;
use jwt_tower::{
    BearerHandlers, BoxError, Config, Issuer, JwtManager, JwtManagerBuilder, KeySource, Location, Policy,
    RequestInfo, Token, interceptor,
};
use tonic::Code;
use tonic::service::InterceptorLayer;
use tonic::transport::{Channel, Server};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::health_server::HealthServer;

use crate::tonic_support::{WhoAmI, call, channel, watch, with};

const LOGIN: &str = "https://login.example";

fn builder(config: Config) -> JwtManagerBuilder {
    JwtManager::builder(config).secret(Secret::generate().unwrap())
}

async fn check_statuses(channel: &Channel, jwt: &JwtManager) {
    let scoped =
        |scope: &str| format!("Bearer {}", jwt.access_token("alice").scopes([scope]).encode().unwrap());
    for (authorization, code, message, challenge) in [
        ("", Code::Unauthenticated, "Missing Authorization Header", "Bearer"),
        ("Bearer forged", Code::Unauthenticated, "Not enough segments", "invalid_token"),
        (&scoped("read"), Code::PermissionDenied, "Token lacks a required scope", "insufficient_scope"),
    ] {
        for outcome in [call(channel, authorization).await, watch(channel, authorization).await] {
            let status = outcome.unwrap_err();
            assert_eq!((status.code(), status.message()), (code, message));
            let found = status
                .metadata()
                .get("www-authenticate")
                .unwrap_or_else(|| panic!("{status:?}"))
                .to_str()
                .unwrap();
            assert!(found.contains(challenge), "{found}");
        }
    }
    assert_eq!(call(channel, &scoped("write")).await.unwrap(), "alice");
    assert_eq!(watch(channel, &scoped("write")).await.unwrap(), "alice");
    let binary = with(HealthCheckRequest::default(), &[("authorization-bin", &scoped("write"))]);
    let status = HealthClient::new(channel.clone()).check(binary).await.unwrap_err();
    assert_eq!(status.code(), Code::Unauthenticated);
    let token = scoped("write");
    let twice = with(HealthCheckRequest::default(), &[("authorization", &token), ("authorization", &token)]);
    let status = HealthClient::new(channel.clone()).check(twice).await.unwrap_err();
    assert_eq!(status.code(), Code::InvalidArgument);
}

#[tokio::test]
async fn a_client_sees_statuses_and_challenges() {
    let jwt = builder(Config::default()).error_handlers(BearerHandlers).build().unwrap();
    let interceptor = interceptor(&jwt, Policy::access().scopes(&["write"])).unwrap();
    let around_one = HealthServer::with_interceptor(WhoAmI, interceptor.clone());
    check_statuses(&channel(Server::builder().add_service(around_one)).await, &jwt).await;
    let layer = InterceptorLayer::new(interceptor);
    let around_all = Server::builder().layer(layer).add_service(WhoAmI::server());
    check_statuses(&channel(around_all).await, &jwt).await;
}

#[test]
fn what_an_interceptor_cannot_do_is_an_error() {
    const WAITS: &str = "interceptor cannot wait, but the manager or the policy has a store, a loader, or a rule to call: \
                         use JwtLayer";
    const READS: &str = "interceptor does not see bodies, but a token or a CSRF value can be in one: use \
                         JwtLayer::buffering, or exclude bodies with Policy::locations";
    let plain = || builder(Config::default());
    let of_issuer = plain().trusted_issuer(Issuer::with_source(LOGIN, Unfetched));
    let with_rule = Policy::access().with_rule(|_: &Token, _: &RequestInfo| true);
    for (manager, policy) in [
        (plain().session_store(MemorySessions::new()), Policy::access()),
        (plain().token_in_blocklist_loader(async |_: Token| false), Policy::access()),
        (plain().token_verification_loader(async |_: Token| true), Policy::access()),
        (plain().user_lookup_loader(async |_: Token| Some(())), Policy::access()),
        (of_issuer.user_lookup_loader_for(LOGIN, async |_: Token| Some(())), Policy::access()),
        (plain().user_lookup_loader_for_any_issuer(async |_: Token| Some(())), Policy::access()),
        (plain(), with_rule),
    ] {
        let error = interceptor(&manager.build().unwrap(), policy).map(drop).unwrap_err();
        assert_eq!(error.to_string(), WAITS);
    }
    let places = [Location::Header, Location::Json];
    let reading = builder(Config::default().token_location(places).buffered_body(100)).build().unwrap();
    let error = interceptor(&reading, Policy::access()).map(drop).unwrap_err();
    assert_eq!(error.to_string(), READS);
    assert!(interceptor(&reading, Policy::access().locations(&[Location::Header])).is_ok());
    // A store that the policy does not use does not matter.
    let jwt = plain().session_store(MemorySessions::new()).build().unwrap();
    assert!(interceptor(&jwt, Policy::access().skip_revocation_check()).is_ok());
}

/// Keys that nobody has fetched.
struct Unfetched;

impl KeySource for Unfetched {
    fn known(&self) -> Option<Arc<KeySet>> {
        None
    }

    async fn fetch(&self) -> Result<Arc<KeySet>, BoxError> {
        Err("an interceptor does not wait for this".into())
    }
}

#[tokio::test]
async fn a_token_whose_key_is_not_there_is_unavailable() {
    let theirs = builder(Config::default().encode_issuer(LOGIN)).build().unwrap();
    let issuer = Issuer::with_source(LOGIN, Unfetched).algorithms([jwt_tower::Algorithm::HS256]);
    let jwt = builder(Config::default()).trusted_issuer(issuer).build().unwrap();
    let interceptor = interceptor(&jwt, Policy::access().any_issuer()).unwrap();
    let server = Server::builder().add_service(HealthServer::with_interceptor(WhoAmI, interceptor));
    let token = theirs.access_token("alice").encode().unwrap();
    let status = call(&channel(server).await, &format!("Bearer {token}")).await.unwrap_err();
    assert_eq!((status.code(), status.message()), (Code::Unavailable, "Token could not be checked"));
}
