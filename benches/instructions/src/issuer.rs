//! Tokens of another issuer. They have a secret, whose tokens take the fewest instructions, so the cost of finding the
//! key shows most.

use std::hint::black_box;
use std::time::UNIX_EPOCH;

use bytes::Bytes;
use futures_util::FutureExt;
use http::{Request, Response};
use jwt_core::keys::{KeySet, VerifyingKey};
use jwt_core::{Algorithm, BoxError, Config, Issuer, JwtManager, Policy};
use jwt_jwks::{Fetch, FetchRequest, RemoteIssuer};

use crate::tokens::{SECRET, SUBJECT};
use crate::{NOW, Operation};

const NAME: &str = "https://login.example";
const JWKS: &str =
    r#"{"keys":[{"kty":"OKP","crv":"Ed25519","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}"#;

struct Fixed;

impl Fetch for Fixed {
    async fn get(&self, _: FetchRequest) -> Result<Response<Bytes>, BoxError> {
        Ok(Response::new(Bytes::from_static(JWKS.as_bytes())))
    }
}

/// Checks a request with a token of an issuer. The keys are the same, fetched or given.
pub(crate) fn check(fetched: bool) -> Operation {
    // Like that of a guard or an extractor, it exists once and is not created for each request.
    static POLICY: Policy = Policy::access();
    let service =
        JwtManager::builder(Config::default().issuer(NAME)).clock(|| UNIX_EPOCH + NOW).secret(SECRET);
    let service = service.build().expect("a secret that is long enough");
    let token = service.access_token(SUBJECT).encode().expect("a token");

    let key = VerifyingKey::from_secret(Algorithm::HS256, SECRET).expect("a secret that is long enough");
    let issuer = if fetched {
        let login = RemoteIssuer::jwks(NAME, "https://login.example/keys").fetch(Fixed).add_key(key).build();
        let login = login.expect("an issuer");
        // Without a runtime, the request itself fetches the keys.
        login.ready().now_or_never().expect("no waiting").expect("keys");
        login.issuer()
    } else {
        let keys = KeySet::from_jwks(JWKS).and_then(|keys| keys.with_key(key));
        Issuer::new(NAME, keys.expect("keys"))
    };
    let jwt =
        JwtManager::builder(Config::default()).clock(|| UNIX_EPOCH + NOW).trusted_issuer(issuer).build();
    let jwt = jwt.expect("a manager");
    let request = Request::builder().header("Authorization", format!("Bearer {token}")).body(());
    let request = request.expect("a request");
    Box::new(move || assert!(black_box(jwt.check(black_box(&request), &POLICY)).is_ok()))
}
