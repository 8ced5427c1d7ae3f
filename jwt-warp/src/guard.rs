use std::convert::Infallible;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jwt_core::request::{Memos, Snapshot};
use jwt_core::{Checked, Extract, JwtManager, Policy, TokenError};
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
    let (manager, remembered) = (jwt.clone(), policy.clone());
    let layer = warp::ext::get::<Memos>().and(warp::ext::get::<Unanswered>());
    let by_memo = layer.and_then(move |memos: Memos, unanswered: Unanswered| {
        let jwt = manager.clone();
        let checked = memos.of(jwt.id()).and_then(|memo| jwt.recheck(&memo, &remembered));
        async move {
            let checked = checked.ok_or_else(warp::reject::not_found)?;
            // Answered below, with the headers that the answer may depend on.
            complete(&jwt, checked).await.map_err(|error| {
                unanswered.put(error);
                warp::reject::not_found()
            })
        }
    });
    let manager = jwt.clone();
    let by_request = snapshot().and(warp::ext::optional::<Unanswered>()).and_then(
        move |request: Snapshot, unanswered: Option<Unanswered>| {
            let (jwt, policy) = (manager.clone(), policy.clone());
            async move {
                let decided = unanswered.and_then(|unanswered| unanswered.take());
                let extracted = match decided.map_or_else(|| jwt.check(&request, &policy), Err) {
                    Ok(checked) => complete(&jwt, checked).await,
                    Err(error) => Err(error),
                };
                extracted.map_err(|error| warp::reject::custom(Refused(jwt.respond(&error, &request))))
            }
        },
    );
    by_memo.or(by_request).unify().boxed()
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
            Snapshot::new(method, path.as_str(), query, headers).left(body, unread, memos)
        })
}

async fn complete<T: Extract>(jwt: &JwtManager, checked: Checked) -> Result<T, TokenError> {
    match jwt.complete_now(checked) {
        Ok(outcome) => outcome,
        Err(checked) => jwt.complete(checked).await,
    }
    .and_then(T::from_authenticated)
}

/// What the loaders have decided by the memo, on its way to the headers: they are asked once.
#[derive(Clone, Default)]
pub(crate) struct Unanswered(Arc<Mutex<Option<TokenError>>>);

impl Unanswered {
    fn put(&self, error: TokenError) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    fn take(&self) -> Option<TokenError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The answer to a refused token, on its way from the token filter to the end of its guard.
struct Refused(http::Response<Bytes>);

impl warp::reject::Reject for Refused {}

impl fmt::Debug for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Refused").finish_non_exhaustive()
    }
}

async fn answer(rejection: Rejection) -> Result<Response, Rejection> {
    match rejection.find::<Refused>() {
        Some(Refused(response)) => Ok(response.clone().into_response()),
        None => Err(rejection),
    }
}
