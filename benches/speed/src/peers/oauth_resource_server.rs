//! Its validator, with the published keys as its initial set. Nothing is fetched, so it needs no runtime.

use std::hint::black_box;

use futures_util::FutureExt as _;
use jwt_core::Algorithm;
use oauth_resource_server::{KeyNaming, OAuthConfig, OAuthValidator};

use crate::contender::Contender;
use crate::provider::{AUDIENCE, NAME};

pub const VALIDATOR: &str = "oauth-resource-server: validate";

pub fn contender(algorithm: Algorithm, jwks: &str) -> Contender {
    let config = OAuthConfig {
        enabled: true,
        issuer: NAME.to_owned(),
        audience: AUDIENCE.to_owned(),
        resource: AUDIENCE.to_owned(),
        algorithms: vec![algorithm.as_str().to_owned()],
        leeway_secs: 0,
        require_at_jwt: true,
        ..OAuthConfig::default()
    };
    let config = config.resolve(KeyNaming::Dotted("oauth")).expect("a configuration").expect("it is enabled");
    let validator = OAuthValidator::builder(&config).initial_jwks(jwks).build().expect("a validator");
    Contender::new(VALIDATOR, move |sample| {
        let validated = validator.validate(&sample.token).now_or_never();
        black_box(&validated).as_ref().is_some_and(Result::is_ok)
    })
    .note("with jsonwebtoken 9 and ring; does not check `iat`")
}
