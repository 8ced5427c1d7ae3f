use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest, web};
use futures_util::FutureExt as _;
use futures_util::future::{Either, LocalBoxFuture, Ready, ready};
use jwt_core::{Extract, JwtManager, Misuse};
use serde::de::DeserializeOwned;

use crate::{Rejected, View};

jwt_core::declare_extractors!();

type Extracted<T> = Either<Ready<Result<T, Rejected>>, LocalBoxFuture<'static, Result<T, Rejected>>>;

/// Checks a request for `T`: for extractors of an application's own. The future is boxed only where a loader has to
/// be asked.
///
/// # Errors
/// The answer to the refused request.
pub fn extract<T: Extract + 'static>(request: &HttpRequest) -> Extracted<T> {
    const {
        let policy = T::POLICY;
        let names_body = policy.names_body();
        // A constant cannot drop it; there is nothing to free.
        std::mem::forget(policy);
        assert!(!names_body, "an extractor cannot read the body: put a guard before the route");
    };
    let jwt = match manager(request) {
        Ok(jwt) => jwt,
        Err(rejected) => return Either::Left(ready(Err(rejected))),
    };
    let outcome = match jwt.check(&View(request), const { &T::POLICY.every_method() }) {
        Ok(checked) => jwt.complete_now(checked),
        Err(error) => Ok(Err(error)),
    };
    match outcome {
        Ok(outcome) => {
            let extracted = outcome.and_then(T::from_authenticated);
            Either::Left(ready(extracted.map_err(|error| Rejected::new(jwt, error, &View(request)))))
        }
        Err(checked) => {
            let (jwt, request) = (jwt.clone(), request.clone());
            let extracted = async move {
                let outcome = jwt.complete(checked).await.and_then(T::from_authenticated);
                outcome.map_err(|error| Rejected::new(&jwt, error, &View(&request)))
            };
            Either::Right(extracted.boxed_local())
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
