use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpMessage as _, HttpRequest, web};
use jwt_core::adapter::{
    Extract, LocalBoxFuture, Memo, Memos, ReadyOr, Rejection, Step, authenticate, extracted, policy_of,
};
use jwt_core::{Authenticated, JwtManager, TokenError};
use serde::de::DeserializeOwned;
use tokio::sync::Mutex;

use crate::{Rejected, View};

jwt_core::declare_extractors!(jwt_actix);

/// Checks a request for `T`. Use it in your own extractors.
///
/// ```
/// use std::pin::Pin;
///
/// use actix_web::{FromRequest, HttpRequest, dev::Payload};
/// use jwt_actix::{AccessToken, Rejected, extract};
///
/// struct UserId(String);
///
/// impl FromRequest for UserId {
///     type Error = Rejected;
///     type Future = Pin<Box<dyn Future<Output = Result<Self, Rejected>>>>;
///
///     fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
///         let token = extract::<AccessToken>(request);
///         Box::pin(async {
///             let AccessToken(token) = token.await?;
///             Ok(Self(token.identity().to_owned()))
///         })
///     }
/// }
/// ```
///
/// The extractors of a request that wait for a store, a loader, or an issuer take turns. Await the future, or drop it:
/// one that is kept without being polled blocks the others of its request. Don't hold a borrow of
/// [`extensions`](actix_web::HttpMessage::extensions) meanwhile, because the result is stored there.
///
/// # Errors
///
/// Returns the response to the rejected request.
pub fn extract<T: Extract + 'static>(request: &HttpRequest) -> Extracting<T> {
    let checked = manager(request).map(|jwt| (jwt, authenticate(jwt, &View(request), policy_of::<T>())));
    Extracting(match checked {
        Err(rejected) => ReadyOr::answered(Err(rejected)),
        Ok((jwt, Step::Ready(outcome))) => ReadyOr::answered(finish(jwt, request, outcome)),
        Ok((jwt, Step::Pending(pending))) => {
            let turn = request.extensions_mut().get_or_insert_with(Turn::default).clone();
            let (jwt, request) = (jwt.clone(), request.clone());
            ReadyOr::boxed(Box::pin(async move {
                let _turn = turn.0.lock().await;
                let step = pending.recheck(&View(&request), policy_of::<T>());
                finish(&jwt, &request, step.finish().await)
            }))
        }
    })
}

type Outcome = Result<Authenticated, TokenError>;

/// Creates the value, and leaves a memo for later extractors of the same request.
fn finish<T: Extract>(jwt: &JwtManager, request: &HttpRequest, outcome: Outcome) -> Result<T, Rejected> {
    let (value, memo) = extracted(outcome)
        .map_err(|error| Rejected::from(Rejection::under(jwt, error, &View(request), policy_of::<T>())))?;
    leave(request, memo);
    Ok(value)
}

pub(crate) fn leave(request: &HttpRequest, memo: Option<Memo>) {
    let Some(memo) = memo else { return };
    request.extensions_mut().get_or_insert_with(Memos::default).insert(memo);
}

/// Lets the extractors of a handler take turns. actix polls them concurrently. The first one that has to call a store
/// or a loader calls it, and the others find its memo.
#[derive(Clone, Default)]
struct Turn(Rc<Mutex<()>>);

/// The future that [`extract`] returns. It is boxed only if the check has to call a store or a loader.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Extracting<T>(ReadyOr<LocalBoxFuture<Result<T, Rejected>>>);

impl<T> Future for Extracting<T> {
    type Output = Result<T, Rejected>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Pin::new(&mut self.0).poll(context)
    }
}

/// Returns the nearest manager in the application's data.
///
/// actix looks for one type at a time. If a scope has its manager in another form, the `Data` of an outer scope would be
/// found instead, and decide which tokens the handlers of the scope accept. Other forms are therefore errors.
pub(crate) fn manager(request: &HttpRequest) -> Result<&JwtManager, Rejected> {
    let manager = request.app_data::<web::Data<JwtManager>>();
    let thin = || request.app_data::<web::ThinData<JwtManager>>().map(|data| &data.0);
    let arc = || request.app_data::<Arc<JwtManager>>().map(|data| &**data);
    let data = || request.app_data::<web::Data<Arc<JwtManager>>>().map(|data| &****data);
    match (request.app_data().or_else(thin).or_else(arc).or_else(data), manager) {
        (None, Some(manager)) => Ok(manager),
        (misplaced, _) => {
            let fix = "call .app_data(web::Data::new(jwt.clone())) on the App, scope or resource";
            Err(Rejection::no_manager(misplaced, fix).into())
        }
    }
}

macro_rules! extractors {
    ($($name:ident<$($parameter:ident: $($bound:path),+);+>)+) => {$(
        impl<$($parameter: Send + $($bound +)+ 'static),+> FromRequest for $name<$($parameter),+> {
            type Error = Rejected;
            type Future = Extracting<Self>;

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
