use std::any::Any;
use std::sync::Arc;

use axum_core::extract::{FromRequestParts, OptionalFromRequestParts};
use http::request::Parts;
use jwt_core::JwtManager;
use jwt_core::adapter::{Extract, Memos, Rejection, authenticate, extracted, policy_of};
use serde::de::DeserializeOwned;

use crate::Rejected;

jwt_core::declare_extractors!(jwt_axum);

/// Checks a request for `T`. Use it in your own extractors.
///
/// The manager is chosen as for [all extractors](crate#the-manager). To use a specific manager, pass it as the state.
///
/// ```
/// use axum::extract::FromRequestParts;
/// use http::request::Parts;
/// use jwt_axum::{AccessToken, Rejected, extract};
///
/// struct UserId(String);
///
/// impl<S: Send + Sync + 'static> FromRequestParts<S> for UserId {
///     type Rejection = Rejected;
///
///     async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejected> {
///         let AccessToken(token) = extract::<AccessToken>(parts, state).await?;
///         Ok(Self(token.identity().to_owned()))
///     }
/// }
/// ```
///
/// # Errors
/// Returns the response to the rejected request.
pub async fn extract<T: Extract>(
    parts: &mut Parts,
    state: &(impl Send + Sync + 'static),
) -> Result<T, Rejected> {
    let jwt = manager(parts, state)?;
    let outcome = authenticate(&jwt, parts, policy_of::<T>()).finish().await;
    let (value, memo) = extracted(outcome)
        .map_err(|error| Rejection::under(&jwt, error, parts, policy_of::<T>()))
        .map_err(Rejected::from)?;
    if let Some(memo) = memo {
        parts.extensions.get_or_insert_default::<Memos>().insert(memo);
    }
    Ok(value)
}

/// Returns the manager. The state comes first, because a guard with a different manager must not decide which tokens
/// the handlers of a router accept.
pub(crate) fn manager<S: Send + Sync + 'static>(parts: &Parts, state: &S) -> Result<JwtManager, Rejected> {
    let state = state as &dyn Any;
    let shared = || state.downcast_ref::<Arc<JwtManager>>().map(|jwt| &**jwt);
    let own = state.downcast_ref().or_else(shared).cloned();
    own.or_else(|| parts.extensions.get::<Memos>()?.current()).ok_or_else(|| {
        let fix = "add .layer(jwt_axum::provide(&jwt)) to the Router, or provide_from(&state) if its state holds \
                   the manager";
        Rejection::no_manager(None, fix).into()
    })
}

macro_rules! extractors {
    ($($name:ident<$($parameter:ident: $($bound:path),+);+>)+) => {$(
        impl<S, $($parameter),+> FromRequestParts<S> for $name<$($parameter),+>
        where
            S: Send + Sync + 'static,
            $($parameter: Send + $($bound +)+ 'static,)+
        {
            type Rejection = Rejected;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejected> {
                extract(parts, state).await
            }
        }

        impl<S, $($parameter),+> OptionalFromRequestParts<S> for $name<$($parameter),+>
        where
            S: Send + Sync + 'static,
            $($parameter: Send + $($bound +)+ 'static,)+
        {
            type Rejection = Rejected;

            async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejected> {
                extract(parts, state).await
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
