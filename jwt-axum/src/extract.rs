use axum_core::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use jwt_core::JwtManager;
use jwt_core::adapter::{Extract, authenticate, policy_of};
use serde::de::DeserializeOwned;

use crate::Rejected;

jwt_core::declare_extractors!();

/// Checks a request for `T`: for extractors of an application's own.
///
/// # Errors
/// The answer to the refused request.
pub async fn extract<T: Extract>(jwt: &JwtManager, parts: &Parts) -> Result<T, Rejected> {
    let outcome = authenticate(jwt, parts, policy_of::<T>()).finish().await;
    outcome.and_then(T::from_authenticated).map_err(|error| Rejected::new(jwt, error, parts))
}

macro_rules! extractors {
    ($($name:ident<$($parameter:ident: $($bound:path),+);+>)+) => {$(
        impl<S, $($parameter),+> FromRequestParts<S> for $name<$($parameter),+>
        where
            JwtManager: FromRef<S>,
            S: Send + Sync,
            $($parameter: Send + $($bound +)+ 'static,)+
        {
            type Rejection = Rejected;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejected> {
                extract(&JwtManager::from_ref(state), parts).await
            }
        }

        impl<S, $($parameter),+> OptionalFromRequestParts<S> for $name<$($parameter),+>
        where
            JwtManager: FromRef<S>,
            S: Send + Sync,
            $($parameter: Send + $($bound +)+ 'static,)+
        {
            type Rejection = Rejected;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejected> {
                extract(&JwtManager::from_ref(state), parts).await
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
