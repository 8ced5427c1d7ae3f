use std::future::Ready;

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use jwt_core::adapter::{Extract, LocalBoxFuture, ResponseFuture, Step, authenticate, policy_of};
use jwt_core::error::Misuse;
use jwt_core::{Authenticated, JwtManager, TokenError};
use serde::de::DeserializeOwned;

use crate::{Rejected, View};

jwt_core::declare_extractors!();

type Extracted<T> = ResponseFuture<Ready<Result<T, Rejected>>, LocalBoxFuture<Result<T, Rejected>>>;

/// Checks a request for `T`: for extractors of an application's own. The future is boxed only where a loader has to
/// be asked.
///
/// # Errors
/// The answer to the refused request.
pub fn extract<T: Extract + 'static>(request: &HttpRequest) -> Extracted<T> {
    let jwt = match manager(request) {
        Ok(jwt) => jwt,
        Err(rejected) => return ResponseFuture::answered(Err(rejected)),
    };
    let extracted = |jwt: &JwtManager, outcome: Result<Authenticated, TokenError>, request: &HttpRequest| {
        outcome.and_then(T::from_authenticated).map_err(|error| Rejected::new(jwt, error, &View(request)))
    };
    match authenticate(jwt, &View(request), policy_of::<T>()) {
        Step::Ready(outcome) => ResponseFuture::answered(extracted(jwt, outcome, request)),
        Step::Pending(pending) => {
            let (jwt, request) = (jwt.clone(), request.clone());
            ResponseFuture::boxed(Box::pin(async move { extracted(&jwt, pending.finish().await, &request) }))
        }
    }
}

/// The nearest manager in the application's data. actix looks for one type at a time, so that the usual one goes first
/// and the two must not be mixed.
pub(crate) fn manager(request: &HttpRequest) -> Result<&JwtManager, Rejected> {
    let data = request.app_data::<web::Data<JwtManager>>().map(|data| &***data);
    data.or_else(|| request.app_data::<JwtManager>()).ok_or_else(|| {
        let mend = "call .app_data(web::Data::new(jwt.clone())) on the App, scope or resource";
        Rejected::misuse(Misuse::MissingManager { mend })
    })
}

macro_rules! extractors {
    ($($name:ident<$($parameter:ident: $($bound:path),+);+>)+) => {$(
        impl<$($parameter),+> FromRequest for $name<$($parameter),+>
        where
            $($parameter: Send + $($bound +)+ 'static,)+
        {
            type Error = Rejected;
            type Future = Extracted<Self>;

            fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
                extract(request)
            }
        }
    )+};
}

extractors! {
    AccessToken<C: DeserializeOwned>
    FreshToken<C: DeserializeOwned>
    RefreshToken<C: DeserializeOwned>
    AnyToken<C: DeserializeOwned>
    OptionalToken<C: DeserializeOwned>
    CurrentUser<U: Sync>
    TokenFor<P: jwt_core::TokenPolicy; C: DeserializeOwned>
}
