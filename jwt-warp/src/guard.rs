use std::convert::Infallible;
use std::fmt;
use std::future::ready;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::Method;
use jwt_core::adapter::{
    BoxFuture, Extract, Looked, ReadyOr, ResponseFields, Snapshot, Step, add_fields, authenticate_by,
    can_add_fields, complete_info, handler_policy, response_fields_of_request,
};
use jwt_core::{JwtManager, Policy, RequestInfo};
use warp::filters::BoxedFilter;
use warp::host::Authority;
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

/// Creates a guarded route.
///
/// The closure receives a filter that extracts `T`. Put it after the path and the method. `T` is a token type or an
/// [`Option`] of one, and is inferred from the handler. For the token and the user together, or to decide at run time,
/// use [`Authenticated`](jwt_core::Authenticated).
///
/// The guard responds to an invalid token itself. Unlike with an ordinary rejection, the request does not fall through
/// to a later route. If the path or the method does not match, the request moves on as usual, to a later route, 404, or
/// 405.
///
/// A closure that does not use its filter creates a public route. So does an `or` inside the closure. Put alternatives
/// outside.
///
/// The guard copies each request's headers, because a filter cannot borrow them. With [`JwtLayer`](crate::JwtLayer),
/// requests with a valid token are not copied, unless a rule has to see them.
///
/// ```
/// use jwt_warp::{AccessToken, JwtManager, guard};
/// use warp::{Filter, Reply};
///
/// fn hello(jwt: &JwtManager) -> impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone {
///     guard(jwt, |token| {
///         warp::path!("hello")
///             .and(warp::get())
///             .and(token)
///             .map(|AccessToken(token): AccessToken| format!("Hello, {}", token.identity()))
///     })
/// }
/// ```
pub fn guard<T, R, F>(jwt: &JwtManager, route: F) -> BoxedFilter<(Response,)>
where
    T: Extract + 'static,
    F: FnOnce(BoxedFilter<(T,)>) -> R,
    R: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
{
    guard_with(jwt, handler_policy::<T>(), route)
}

/// Creates a guarded route with a policy that can be built at run time. It replaces the policy of `T`.
///
/// See [`guard`] for everything else. [`Authenticated`](jwt_core::Authenticated) is a `T` that works with every policy.
///
/// ```
/// use jwt_warp::{Authenticated, JwtManager, Policy, guard_with};
/// use warp::{Filter, Reply};
///
/// fn admin(jwt: &JwtManager) -> impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone {
///     guard_with(jwt, Policy::access().scopes(&["admin"]), |token| {
///         warp::path!("admin").and(token).map(|_: Authenticated| "welcome")
///     })
/// }
/// ```
pub fn guard_with<T, R, F>(jwt: &JwtManager, policy: Policy, route: F) -> BoxedFilter<(Response,)>
where
    T: Extract + 'static,
    F: FnOnce(BoxedFilter<(T,)>) -> R,
    R: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
{
    let route = route(token(jwt, policy.clone())).recover(answer).map(Reply::into_response);
    if !can_add_fields(jwt, &policy) {
        return route.boxed();
    }
    route.and(response_fields(jwt, policy)).map(add_fields).boxed()
}

/// The fields to add to the response. The token filter cannot return them, because it is inside the route.
fn response_fields(jwt: &JwtManager, policy: Policy) -> BoxedFilter<(ResponseFields,)> {
    let (inside, outside) = (jwt.clone(), jwt.clone());
    let by_memo = warp::ext::optional().and_then(move |looked: Option<Looked>| {
        let fields = looked.and_then(|looked| looked.response_fields(&inside));
        ready(fields.ok_or_else(warp::reject::not_found))
    });
    let by_request = snapshot().map(move |request| response_fields_of_request(&outside, &request, &policy));
    by_memo.or(by_request).unify().boxed()
}

/// Authenticates with the result that the layer stored in the request, or else with the request itself.
fn token<T: Extract + 'static>(jwt: &JwtManager, policy: Policy) -> BoxedFilter<(T,)> {
    // warp clones the filter for each request.
    let asked = Arc::new((jwt.clone(), policy));
    let guard = Arc::clone(&asked);
    let by_memo =
        warp::method().and(warp::ext::optional()).and_then(move |method: Method, looked: Option<Looked>| {
            let (jwt, policy) = &*guard;
            let Some((step, looked)) = looked.and_then(|looked| {
                Some((authenticate_by(jwt, looked.memo()?, method.as_str(), policy)?, looked))
            }) else {
                return Extracting::answered(Err(warp::reject::not_found()));
            };
            // On failure, the filter below responds, because the response can depend on the request's headers.
            let extracted = move |outcome| looked.extract(outcome).ok_or_else(warp::reject::not_found);
            match step {
                Step::Ready(outcome) => Extracting::answered(extracted(outcome)),
                pending => Extracting::boxed(Box::pin(async move { extracted(pending.finish().await) })),
            }
        });
    let by_request = snapshot().and(warp::ext::optional()).and_then(move |request, looked| {
        let guard = Arc::clone(&asked);
        async move {
            let (jwt, policy) = &*guard;
            Looked::respond(looked, jwt, &request, policy).await.map_err(Refused::reject)
        }
    });
    // Boxed, because it is large and rarely runs.
    by_memo.or(by_request.boxed()).unify().boxed()
}

/// Copies the request, because a filter cannot borrow it.
pub(crate) fn snapshot() -> impl Filter<Extract = (Snapshot,), Error = Infallible> + Clone {
    warp::method()
        .and(warp::path::full())
        .and(warp::query::raw().map(Some).or(warp::any().map(|| None)).unify())
        .and(warp::header::headers_cloned())
        // If warp cannot read the authority, the request does not have one.
        .and(warp::host::optional().or(warp::any().map(|| None)).unify())
        .and(warp::addr::remote())
        .and(warp::ext::optional())
        .and(warp::ext::optional())
        .and(warp::ext::optional())
        .map(
            |method: Method,
             path: FullPath,
             query: Option<String>,
             headers,
             host: Option<Authority>,
             peer,
             body,
             unread,
             looked: Option<Looked>| {
                let memos = looked.map(|looked| looked.memos());
                let info = RequestInfo::new(method.as_str(), path.as_str(), query.as_deref(), headers);
                let info = complete_info(info, host.as_ref().map(Authority::as_str), body, unread);
                let info = match peer {
                    Some(peer) => info.with_peer_addr(peer),
                    None => info,
                };
                Snapshot::new(info, memos)
            },
        )
}

/// The future of a filter that authenticates with the result that the layer stored.
type Extracting<T> = ReadyOr<BoxFuture<Result<T, Rejection>>>;

/// The response to a rejected request, on its way from the token filter to the end of its guard.
struct Refused(Mutex<Option<http::Response<Bytes>>>);

impl Refused {
    fn reject(response: http::Response<Bytes>) -> Rejection {
        warp::reject::custom(Self(Mutex::new(Some(response))))
    }

    fn take(&self) -> Option<http::Response<Bytes>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl warp::reject::Reject for Refused {}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").finish_non_exhaustive()
    }
}

async fn answer(rejection: Rejection) -> Result<Response, Rejection> {
    let refused = rejection.find::<Refused>().and_then(Refused::take);
    refused.map(Reply::into_response).ok_or(rejection)
}
