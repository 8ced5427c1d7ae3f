use std::convert::Infallible;
use std::sync::{Arc, OnceLock};

use jwt_core::adapter::{Memo, Snapshot};
use jwt_core::{Authenticated, JwtManager};
use warp::reply::Response;
use warp::{Filter, Reply};

use crate::Rejected;
use crate::guard::snapshot;

jwt_core::declare_auth!();

impl Reply for LoggedIn {
    fn into_response(self) -> Response {
        self.0.answer.into_response().into_response()
    }
}

impl Reply for Refreshed {
    fn into_response(self) -> Response {
        self.0.answer.into_response().into_response()
    }
}

impl Reply for LoggedOut {
    fn into_response(self) -> Response {
        self.0.into_response().into_response()
    }
}

/// Creates a filter that extracts [`Auth`]. Put it after the path and the method:
///
/// ```
/// use jwt_warp::{Auth, JwtManager, auth};
/// use warp::{Filter, Reply};
///
/// fn refresh(jwt: JwtManager) -> impl Filter<Extract = (impl Reply,), Error = warp::Rejection> + Clone {
///     let refresh = warp::path!("refresh").and(warp::post()).and(auth(&jwt));
///     refresh.then(async |auth: Auth| auth.rotate().await)
/// }
/// ```
#[must_use = "a filter does nothing until it is in a route"]
pub fn auth(jwt: &JwtManager) -> impl Filter<Extract = (Auth,), Error = Infallible> + Clone + use<> {
    let jwt = jwt.clone();
    snapshot().and(warp::ext::optional()).map(move |request: Snapshot, accepted: Option<Accepted>| {
        let memo = accepted.and_then(|accepted| accepted.0.get().cloned());
        let request = memo.into_iter().fold(request, Snapshot::with_memo);
        Auth(jwt_core::adapter::Auth::new(jwt.clone(), request))
    })
}

/// A slot for the token that a guard accepts. A filter cannot change a request, so the layer adds the slot to each request
/// whose body it has read.
#[derive(Clone, Default)]
pub(crate) struct Accepted(Arc<OnceLock<Memo>>);

impl Accepted {
    /// Keeps the token of the first guard that accepts one. A route usually has one guard.
    pub(crate) fn put(accepted: Option<&Self>, authenticated: &Authenticated) {
        if let (Some(Self(room)), Some(memo)) = (accepted, authenticated.memo()) {
            room.get_or_init(|| memo);
        }
    }
}
