//! A provider on the loopback interface, under the real provider's name.

use std::error::Error;
use std::sync::{Arc, Mutex};

use bytes::Bytes;
use jwt_core::keys::Algorithm;
use jwt_core::{Authenticated, BoxError, Config, JwtManager, Policy, TokenError};
use jwt_jwks::{Fetch, FetchRequest};
use jwt_test::FakeIssuer;

use crate::presets::{Keys, Preset};

/// A provider, and a manager that trusts it by the preset alone.
pub(crate) struct World {
    pub(crate) fake: FakeIssuer,
    pub(crate) jwt: JwtManager,
    /// The public addresses that the preset fetched, in order.
    pub(crate) fetched: Vec<String>,
}

impl World {
    pub(crate) async fn of(preset: &Preset) -> Result<Self, Box<dyn Error>> {
        let fake = start(preset);
        let log = Arc::<Mutex<Vec<String>>>::default();
        let client = Logged { client: fake.client(), log: Arc::clone(&log) };
        let login = (preset.build)().fetch(client).build()?;
        login.ready().await?;
        let jwt = JwtManager::builder(Config::default()).trusted_issuer(login.issuer()).build()?;
        let fetched = log.lock().unwrap().clone();
        Ok(Self { fake, jwt, fetched })
    }

    pub(crate) async fn check(&self, token: &str) -> Result<Authenticated, TokenError> {
        self.jwt.verify(token, &Policy::access()).await
    }
}

/// Starts the provider whose documents the preset expects.
pub(crate) fn start(preset: &Preset) -> FakeIssuer {
    let builder = FakeIssuer::builder().algorithm(Algorithm::RS256).named(&preset.issuer);
    match &preset.keys {
        Keys::Discovered => builder,
        Keys::Set(address) => builder.jwks_url(address).discovery([]),
        Keys::Certificates(address) => builder.certificates_url(address).discovery([]),
    }
    .start()
}

/// Writes down the addresses that a client fetches.
pub(crate) struct Logged<F> {
    pub(crate) client: F,
    pub(crate) log: Arc<Mutex<Vec<String>>>,
}

impl<F: Fetch> Fetch for Logged<F> {
    fn get(
        &self,
        request: FetchRequest,
    ) -> impl Future<Output = Result<http::Response<Bytes>, BoxError>> + Send {
        self.log.lock().unwrap().push(request.url().to_owned());
        self.client.get(request)
    }
}

/// Serves one document at every address.
pub(crate) struct Served(pub(crate) String);

impl Fetch for Served {
    async fn get(&self, _: FetchRequest) -> Result<http::Response<Bytes>, BoxError> {
        Ok(http::Response::new(self.0.clone().into()))
    }
}
