use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use http::Response;

use super::{Extract, ResponseFields, Step, authenticate, refuse};
use crate::manager::{Authenticated, JwtManager};
use crate::policy::Policy;
use crate::request::{Memo, Memos, Snapshot};
use crate::token::TokenError;

/// The state that a layer shares with guards that can't change the request's extensions: the token that it found, and
/// room for what the guards find out. All clones share it.
#[derive(Clone)]
pub struct Looked(Arc<Inner>);

struct Inner {
    memo: Option<Memo>,
    memos: Mutex<Memos>,
    error: Mutex<Option<TokenError>>,
}

impl Looked {
    /// Creates it with the memo of the layer, and all memos in the request.
    #[must_use]
    pub fn new(memo: Option<Memo>, memos: Memos) -> Self {
        Self(Arc::new(Inner { memo, memos: Mutex::new(memos), error: Mutex::new(None) }))
    }

    /// Returns the memo of the layer.
    #[must_use]
    pub fn memo(&self) -> Option<&Memo> {
        self.0.memo.as_ref()
    }

    /// Returns all memos.
    #[must_use]
    pub fn memos(&self) -> Memos {
        self.0.memos.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds the memo of a guard. It replaces that of the layer, and that of a guard on another route.
    fn accept(&self, authenticated: &Authenticated) {
        if let Some(memo) = authenticated.memo() {
            self.0.memos.lock().unwrap_or_else(PoisonError::into_inner).insert(memo);
        }
    }

    /// Does what [`response_fields`](super::response_fields) does, with the token that a guard of this manager accepted.
    /// `None` if no guard has accepted one, or if the fields depend on the request.
    #[must_use]
    pub fn response_fields(&self, jwt: &JwtManager) -> Option<ResponseFields> {
        let memo = self.memos().of(jwt.id()).filter(|memo| memo.0.passed)?;
        ResponseFields::of_token(jwt, &memo.0.found)
    }

    /// Creates the value for a handler. On failure, it keeps the error for [`respond`](Self::respond), because only the
    /// part of the guard that has the request can respond.
    pub fn extract<T: Extract>(&self, outcome: Result<Authenticated, TokenError>) -> Option<T> {
        let extracted = outcome.inspect(|passed| self.accept(passed)).and_then(T::from_authenticated);
        let keep = |error| *self.0.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        extracted.map_err(keep).ok()
    }

    /// Checks a request, unless [`extract`](Self::extract) has failed, and creates the value for a handler. `looked` is
    /// `None` if there is no layer.
    ///
    /// # Errors
    /// Returns the response to a rejected request.
    pub async fn respond<T: Extract>(
        looked: Option<Self>,
        jwt: &JwtManager,
        view: &Snapshot,
        policy: &Policy,
    ) -> Result<T, Response<Bytes>> {
        let lock = |looked: &Self| looked.0.error.lock().unwrap_or_else(PoisonError::into_inner).take();
        let step = looked.as_ref().and_then(lock);
        let step = step.map_or_else(|| authenticate(jwt, view, policy), Step::rejected);
        let accept = |passed: &Authenticated| looked.iter().for_each(|looked| looked.accept(passed));
        let extracted = step.finish().await.inspect(accept).and_then(T::from_authenticated);
        extracted.map_err(|error| refuse(jwt, &error, view, policy))
    }
}

impl fmt::Debug for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Looked").finish_non_exhaustive()
    }
}
