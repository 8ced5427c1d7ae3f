use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::manager::Authenticated;
use crate::request::{Memo, Memos};
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
    pub fn accept(&self, authenticated: &Authenticated) {
        if let Some(memo) = authenticated.memo() {
            self.0.memos.lock().unwrap_or_else(PoisonError::into_inner).insert(memo);
        }
    }

    /// Keeps the error of a check for the part of the guard that responds.
    pub fn put_error(&self, error: TokenError) {
        *self.0.error.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
    }

    /// Takes the error of a check.
    #[must_use]
    pub fn take_error(&self) -> Option<TokenError> {
        self.0.error.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl fmt::Debug for Looked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Looked").finish_non_exhaustive()
    }
}
