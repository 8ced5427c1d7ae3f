//! The end of connections that live longer than the request that opened them.

mod connections;
mod lookup;
mod watcher;

pub(crate) use connections::Connections;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::{Authenticated, JwtManager};
use crate::Token;

/// Why a connection has to end. [`Ends`] returns it.
///
/// `Display` writes the text of the default response to the corresponding error, such as `Token has expired`. It is always
/// in English, and [`ErrorHandlers`](crate::ErrorHandlers) do not change it. For your own text, `match` the reason.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum EndReason {
    /// The token has expired, or its session has reached its idle or absolute limit.
    Expired,
    /// The token was revoked, or its session has ended: at a logout, because the user has too many sessions, or for
    /// another reason. The manager does not know which of them it was.
    Revoked,
    /// The store or the blocklist loader has been failing for too long
    /// ([`Config::connection_outage_limit`](crate::Config::connection_outage_limit)), or there is no Tokio runtime.
    Unavailable,
}

impl EndReason {
    /// Returns the close code for a WebSocket: 3000 (Unauthorized), or 1013 (Try Again Later) for
    /// [`Unavailable`](Self::Unavailable). Both are in IANA's registry of WebSocket close codes (RFC 6455, 7.4.2).
    #[must_use]
    pub const fn close_code(self) -> u16 {
        match self {
            Self::Expired | Self::Revoked => 3000,
            Self::Unavailable => 1013,
        }
    }
}

impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Expired => "Token has expired",
            Self::Revoked => "Token has been revoked",
            Self::Unavailable => "Token could not be checked",
        })
    }
}

/// A future that completes when a token is no longer valid. [`Authenticated::ends`], [`JwtManager::ends`], and their
/// counterparts for sessions return it.
///
/// It can be polled again after it has completed, and returns the same reason. Dropping it ends the checks of its token.
#[must_use = "futures do nothing unless polled"]
pub struct Ends {
    jwt: JwtManager,
    state: State,
}

enum State {
    Open(u64),
    Ended(EndReason),
    /// There is no token.
    Never,
}

/// Connections that live longer than a request.
impl JwtManager {
    /// Returns a future that completes when the token is no longer valid: when it expires, when it is revoked, or when
    /// its session ends. Use it for WebSockets, subscriptions, and streams, which a guard checks only when they start.
    ///
    /// ```
    /// use jwt_core::{EndReason, JwtManager, Token};
    ///
    /// # struct Socket;
    /// # impl Socket {
    /// #     async fn receive(&mut self) -> Option<String> { None }
    /// #     async fn close(self, code: u16, reason: String) {}
    /// # }
    /// async fn serve(jwt: JwtManager, token: Token, mut socket: Socket) {
    ///     let mut ends = jwt.ends(&token);
    ///     loop {
    ///         tokio::select! {
    ///             reason = &mut ends => {
    ///                 return socket.close(reason.close_code(), reason.to_string()).await;
    ///             }
    ///             message = socket.receive() => match message {
    ///                 Some(message) => println!("{message}"),
    ///                 None => return,
    ///             },
    ///         }
    ///     }
    /// }
    /// ```
    ///
    /// When it completes:
    ///
    /// - **The token expires**: at that moment, plus [`exp_leeway`](crate::Config::exp_leeway). If the clock jumps, up to
    ///   10 seconds later.
    /// - **This manager ends the session, revokes the token, or no longer trusts its issuer**: at once, for connections
    ///   that are already open.
    /// - **Anything else revokes the token**, such as another node or the blocklist loader: within
    ///   [`connection_check_interval`](crate::Config::connection_check_interval), 10 seconds by default, plus the time that
    ///   the store needs. A store with a local copy may answer from it. The same applies if the logout happened between the
    ///   check of the token and this call.
    /// - **The store or the blocklist loader fails**: after
    ///   [`connection_outage_limit`](crate::Config::connection_outage_limit), 60 seconds by default. Until then, the
    ///   connection stays open. A store that does not respond within 10 seconds has failed.
    ///
    /// A refresh token is revoked by its exchange.
    ///
    /// Only these are checked. Rules, user loaders, and everything else that a policy requires are not, and
    /// [`Policy::skip_revocation_check`](crate::Policy::skip_revocation_check) does not matter. If the client sends a new
    /// token on the connection, [`verify`](Self::verify) it, and replace the future.
    ///
    /// # Cost
    ///
    /// All futures of a manager share one task, which belongs to the Tokio runtime of the first future that is polled. It
    /// stops when there are none. In each interval, it calls [`Sessions::states`](crate::session::Sessions::states) with
    /// all tokens, up to [`BATCH`](crate::session::BATCH) per call. Implement that method if your store is remote: the
    /// default looks up one token after another. Stores that only implement
    /// [`Revocation`](crate::session::Revocation), and the blocklist loader, check up to 32 tokens in parallel.
    ///
    /// A check does not count as a use: it neither extends the session nor calls
    /// [`SessionEvents`](crate::session::SessionEvents), except
    /// [`store_unavailable`](crate::session::SessionEvents::store_unavailable), once for each call that fails.
    ///
    /// The future needs a Tokio runtime with a timer. Without one, it completes with [`EndReason::Unavailable`].
    pub fn ends<C>(&self, token: &Token<C>) -> Ends {
        self.watch(token.untyped(), false)
    }

    /// Returns a future that completes when the session of the token ends, or when the token is revoked. Unlike
    /// [`ends`](Self::ends), it ignores the expiry of the token.
    ///
    /// Use it for connections that stay open as long as the user is logged in. The session can still expire: its idle limit
    /// ([`session_idle_expires`](crate::Config::session_idle_expires)) applies, because an open connection does not use
    /// the session. The exchange of a refresh token does not end its session.
    ///
    /// If the token does not have a session, this is the same as `ends`.
    pub fn session_ends<C>(&self, token: &Token<C>) -> Ends {
        self.watch(token.untyped(), true)
    }

    fn watch(&self, token: Token, of_session: bool) -> Ends {
        let never_expires = of_session && token.session().is_some();
        let expires_at = if never_expires { None } else { self.expiry(&token) };
        let outage_limit = self.session_rules().outage_limit;
        let id = self.0.connections.open(token, of_session, expires_at, outage_limit);
        Ends { jwt: self.clone(), state: State::Open(id) }
    }
}

impl Authenticated {
    /// Returns a future that completes when the token is no longer valid. [`JwtManager::ends`] has the details.
    ///
    /// If there is no token, because the policy is [optional](crate::Policy::optional), it never completes.
    ///
    /// ```
    /// use jwt_core::{Authenticated, JwtManager, Policy, TokenError};
    ///
    /// /// Serves a client whose first message is its token.
    /// async fn serve(jwt: &JwtManager, first_message: &str) -> Result<(), TokenError> {
    ///     let ends = jwt.verify(first_message, &Policy::access()).await?.ends();
    ///     // Handle further messages until `ends` completes.
    ///     # drop(ends);
    ///     Ok(())
    /// }
    /// ```
    pub fn ends(&self) -> Ends {
        self.token().map_or_else(|| self.never(), |token| self.jwt.ends(token))
    }

    /// Returns a future that completes when the session of the token ends. [`JwtManager::session_ends`] has the
    /// details.
    ///
    /// If there is no token, it never completes.
    pub fn session_ends(&self) -> Ends {
        self.token().map_or_else(|| self.never(), |token| self.jwt.session_ends(token))
    }

    fn never(&self) -> Ends {
        Ends { jwt: self.jwt.clone(), state: State::Never }
    }
}

impl Future for Ends {
    type Output = EndReason;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<EndReason> {
        let id = match self.state {
            State::Open(id) => id,
            State::Ended(reason) => return Poll::Ready(reason),
            State::Never => return Poll::Pending,
        };
        let ended = match self.jwt.0.connections.poll(id, context.waker()) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => watcher::start(&self.jwt),
            Poll::Ready(Some(reason)) => Err(reason),
        };
        match ended {
            Ok(()) => Poll::Pending,
            Err(reason) => {
                // The watcher may have ended it before it stopped.
                let reason = self.jwt.0.connections.ended(id).unwrap_or(reason);
                self.jwt.0.connections.close(id);
                self.state = State::Ended(reason);
                Poll::Ready(reason)
            }
        }
    }
}

impl Drop for Ends {
    fn drop(&mut self) {
        if let State::Open(id) = self.state {
            self.jwt.0.connections.close(id);
        }
    }
}

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ends").finish_non_exhaustive()
    }
}
