use std::convert::Infallible;
use std::fmt;
use std::future::Ready;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jwt_core::adapter::{
    BoxFuture, Extract, Memo, ResponseFuture, Snapshot, Step, authenticate, authenticate_by,
};
use jwt_core::{Authenticated, JwtManager, Policy, TokenError};
use warp::filters::BoxedFilter;
use warp::path::FullPath;
use warp::reply::Response;
use warp::{Filter, Rejection, Reply};

/// A guarded route. The closure gets a filter that extracts `T`, a token type or an [`Option`] of one, and puts it
/// behind the path and the method; `T` is inferred from the handler.
///
/// A refused token is answered here and now: unlike an ordinary rejection it does not fall through to a later
/// route. Where path or method do not match, the request moves on as usual, to a later route, 404 or 405. A closure
/// that does not use its filter makes a public route, and so does an `or` inside the closure: put alternatives outside.
///
/// Each request's headers are copied, because a filter cannot borrow them; [`JwtLayer`](crate::JwtLayer) saves that
/// for requests with a good token.
pub fn guard<T, R, F>(jwt: &JwtManager, route: F) -> BoxedFilter<(Response,)>
where
    T: Extract + 'static,
    F: FnOnce(BoxedFilter<(T,)>) -> R,
    R: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
{
    guard_with(jwt, T::POLICY, route)
}

/// [`guard`] with a policy that is made at run time, for instance with
/// [`Authenticated`](jwt_core::Authenticated) as `T`. It takes the place of the policy that `T` brings.
pub fn guard_with<T, R, F>(jwt: &JwtManager, policy: Policy, route: F) -> BoxedFilter<(Response,)>
where
    T: Extract + 'static,
    F: FnOnce(BoxedFilter<(T,)>) -> R,
    R: Filter<Error = Rejection> + Clone + Send + Sync + 'static,
    R::Extract: Reply,
{
    route(token(jwt, policy)).recover(answer).map(Reply::into_response).boxed()
}

/// By what the layer left in the request, or else by the request itself.
fn token<T: Extract + 'static>(jwt: &JwtManager, policy: Policy) -> BoxedFilter<(T,)> {
    // warp clones it for each request.
    let asked = Arc::new((jwt.clone(), policy));
    let guard = Arc::clone(&asked);
    let by_memo = warp::ext::optional().and_then(move |looked: Option<Looked>| {
        let (jwt, policy) = &*guard;
        let Some((looked, step)) =
            looked.and_then(|looked| authenticate_by(jwt, &looked.0.memo, policy).map(|step| (looked, step)))
        else {
            return Extracting::answered(Err(warp::reject::not_found()));
        };
        let extracted = move |outcome: Result<Authenticated, TokenError>| {
            outcome.and_then(T::from_authenticated).map_err(|error| {
                // Answered below, with the headers that the answer may depend on.
                looked.put(error);
                warp::reject::not_found()
            })
        };
        match step {
            Step::Ready(outcome) => Extracting::answered(extracted(outcome)),
            Step::Pending(pending) => {
                Extracting::boxed(Box::pin(async move { extracted(pending.finish().await) }))
            }
        }
    });
    let by_request =
        snapshot().and(warp::ext::optional()).and_then(move |request: Snapshot, looked: Option<Looked>| {
            let guard = Arc::clone(&asked);
            async move {
                let (jwt, policy) = &*guard;
                let decided = looked.and_then(|looked| looked.take());
                let step = decided.map_or_else(|| authenticate(jwt, &request, policy), Step::refused);
                let extracted = step.finish().await.and_then(T::from_authenticated);
                extracted.map_err(|error| Refused::reject(jwt.respond(&error, &request)))
            }
        });
    // Boxed, because it is large and rarely asked.
    by_memo.or(by_request.boxed()).unify().boxed()
}

/// A copy of the request: a filter cannot borrow it.
pub(crate) fn snapshot() -> impl Filter<Extract = (Snapshot,), Error = Infallible> + Clone {
    warp::method()
        .and(warp::path::full())
        .and(warp::query::raw().map(Some).or(warp::any().map(|| None)).unify())
        .and(warp::header::headers_cloned())
        .and(warp::ext::optional())
        .and(warp::ext::optional())
        .and(warp::ext::optional())
        .map(|method, path: FullPath, query, headers, body, unread, memos| {
            Snapshot::new(method, path.as_str(), query, headers).with_extensions(body, unread, memos)
        })
}

/// What a filter extracts by what the layer left.
type Extracting<T> = ResponseFuture<Ready<Result<T, Rejection>>, BoxFuture<Result<T, Rejection>>>;

/// What the layer has left: the token, and a place for what the loaders decide by it, on its way to the headers. They
/// are asked once.
#[derive(Clone)]
pub(crate) struct Looked(Arc<Inner>);

struct Inner {
    memo: Memo,
    decided: Mutex<Option<TokenError>>,
}

impl Looked {
    pub(crate) fn new(memo: Memo) -> Self {
        Self(Arc::new(Inner { memo, decided: Mutex::new(None) }))
    }

    fn put(&self, error: TokenError) {
        *self.0.decided.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take(&self) -> Option<TokenError> {
        self.0.decided.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The answer to a refused token, on its way from the token filter to the end of its guard, which takes it.
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
