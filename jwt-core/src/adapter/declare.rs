//! The responses of adapters. Each adapter declares them, so it can implement its framework's traits for them.

/// Declares `Rejected`. Its field is for the module that declares it.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_rejected {
    () => {
        /// The error of handlers: a rejected request, or one for which no token could be issued. It is a response.
        ///
        /// A rejected token gets the response of the application's `ErrorHandlers`. If a token could not be issued or a
        /// cookie could not be set, the client gets a bare 500 and the log says how to fix it. So a handler that
        /// returns `Result<_, Rejected>` can use `?` on [`Auth`](crate::Auth), on `encode()`, and on
        /// [`with_cookies`](crate::with_cookies).
        ///
        /// A handler that takes `Result<AccessToken, Rejected>` decides for itself what to do about a rejected token.
        ///
        /// It converts from an [`ErrorResponse`](jwt_core::ErrorResponse) as well, for errors of the application such
        /// as a wrong password. Such a response has no `WWW-Authenticate` field unless the application adds one.
        pub struct Rejected(::std::boxed::Box<$crate::adapter::Rejection>);

        impl Rejected {
            /// Creates the response of this manager's handlers to an error of one of its methods.
            #[must_use]
            pub fn new(
                jwt: &$crate::JwtManager,
                error: impl Into<$crate::session::SessionError>,
                view: &dyn $crate::RequestView,
            ) -> Self {
                $crate::adapter::Rejection::new(jwt, error, view).into()
            }

            /// Returns the kind of the error. `None` if the application created the response.
            ///
            /// An error while issuing tokens or setting cookies is [`ErrorKind::Misuse`](jwt_core::ErrorKind::Misuse),
            /// or [`ErrorKind::Unavailable`](jwt_core::ErrorKind::Unavailable) if a key could not be loaded.
            #[must_use]
            pub fn kind(&self) -> Option<$crate::ErrorKind> {
                self.0.kind()
            }

            /// Returns the reason, such as `Token has expired`. It is safe to show to a client.
            #[must_use]
            pub fn reason(&self) -> ::std::borrow::Cow<'static, str> {
                self.0.reason()
            }

            /// Returns why the token was rejected. `None` if the error is not about the request's token.
            #[must_use]
            pub fn token_error(&self) -> Option<&$crate::TokenError> {
                self.0.token_error()
            }
        }

        impl From<$crate::adapter::Rejection> for Rejected {
            fn from(rejection: $crate::adapter::Rejection) -> Self {
                Self(::std::boxed::Box::new(rejection))
            }
        }

        impl From<$crate::EncodeError> for Rejected {
            fn from(error: $crate::EncodeError) -> Self {
                $crate::adapter::Rejection::from(error).into()
            }
        }

        impl From<$crate::error::CookieError> for Rejected {
            fn from(error: $crate::error::CookieError) -> Self {
                $crate::adapter::Rejection::from(error).into()
            }
        }

        /// An error of the application itself, such as a wrong password.
        impl From<$crate::ErrorResponse> for Rejected {
            fn from(response: $crate::ErrorResponse) -> Self {
                $crate::adapter::Rejection::from(response).into()
            }
        }

        impl ::std::fmt::Debug for Rejected {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct("Rejected").field("kind", &self.kind()).finish_non_exhaustive()
            }
        }

        impl ::std::fmt::Display for Rejected {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(&self.0, f)
            }
        }

        impl ::std::error::Error for Rejected {
            fn source(&self) -> Option<&(dyn ::std::error::Error + 'static)> {
                ::std::error::Error::source(&*self.0)
            }
        }
    };
}

/// Declares `Auth` and its responses, whose fields are for the module that declares them.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_auth {
    () => {
        /// Login, exchange, and logout, each with its response. All methods except `jwt` and `reject` require a [session
        /// store](jwt_core::JwtManagerBuilder::session_store); without one, they return a bare 500.
        ///
        /// The tokens are in the body (RFC 6749, 5.1), or in cookies. A login uses the first configured
        /// [location](jwt_core::Config::token_location); an exchange uses cookies if the request's token was in a
        /// cookie. A rejected request gets the response of the application's `ErrorHandlers`, and its cookies are kept.
        #[derive(Debug)]
        pub struct Auth($crate::adapter::Auth);

        impl Auth {
            /// Returns the manager.
            #[must_use]
            pub const fn jwt(&self) -> &$crate::JwtManager {
                self.0.jwt()
            }

            /// Starts a session for a user who has just proved their identity.
            ///
            /// `.await` returns `Result<LoggedIn, Rejected>`. Before that, [`label`](jwt_core::Login::label),
            /// [`claims`](jwt_core::Login::claims), and the other setters of [`Login`](jwt_core::Login) change the
            /// session. The default body contains the tokens. With cookies, it is `{"login": true}`.
            pub fn log_in(
                &self,
                identity: impl $crate::token::IntoIdentity,
            ) -> $crate::Login<'_, $crate::adapter::InResponse<'_, LoggedIn, Rejected>> {
                self.0.log_in(identity)
            }

            /// Exchanges the refresh token of the request.
            ///
            /// `.await` returns `Result<Refreshed, Rejected>`. Before that,
            /// [`keep_claims`](jwt_core::Exchange::keep_claims), [`fresh_for`](jwt_core::Exchange::fresh_for), and the
            /// other setters of [`Exchange`](jwt_core::Exchange) change the new tokens. The default body contains them.
            /// With cookies, it is `{"refresh": true}`. [`JwtManager::rotate`](jwt_core::JwtManager::rotate) documents
            /// the rules of an exchange.
            ///
            /// Behind a guard that has accepted a refresh token, this exchanges that token, even if it is not in one of
            /// the configured locations.
            pub fn rotate(
                &self,
            ) -> $crate::Exchange<'_, $crate::adapter::InResponse<'_, Refreshed, Rejected>> {
                self.0.rotate()
            }

            /// Exchanges a refresh token that the handler has read from the request itself, such as from its JSON body.
            ///
            /// `.await` returns `Result<Refreshed, Rejected>`, with the new tokens in the body.
            ///
            /// Don't pass the value of a cookie: there is no CSRF check.
            pub fn rotate_token(
                &self,
                token: &str,
            ) -> $crate::Exchange<'_, $crate::adapter::InResponse<'_, Refreshed, Rejected>> {
                self.0.rotate_token(token)
            }

            /// Ends the session of the request's token, and removes the cookies. The default body is `{"logout":
            /// true}`.
            ///
            /// The token can be of any kind, and it may have expired. Cookies are removed whatever is in them: expired,
            /// revoked, and unreadable tokens, tokens of others, and several cookies of one name. If one of the
            /// manager's keys signed a token in a cookie, the request needs its CSRF value. Otherwise, if a browser
            /// sent it, it must be from the same origin, or from one of the
            /// [`csrf_trusted_origins`](jwt_core::Config::csrf_trusted_origins).
            ///
            /// Do not put a guard in front of the route. It would reject the tokens that this method accepts.
            ///
            /// # Errors
            ///
            /// Returns an error if the request has no token, if it has no cookie and its token is invalid, if a page of
            /// an origin that is not trusted caused the request, or if the store fails.
            pub async fn log_out(&self) -> Result<LoggedOut, Rejected> {
                self.answered(self.0.log_out().await)
            }

            /// Ends the session of a token that the handler has read from the request itself, and removes the cookies.
            ///
            /// The token can be of any kind, and it may have expired.
            ///
            /// Don't pass the value of a cookie: there is no CSRF check.
            ///
            /// # Errors
            ///
            /// Returns an error if the token is invalid, or if the store fails.
            pub async fn log_out_token(&self, token: &str) -> Result<LoggedOut, Rejected> {
                self.answered(self.0.log_out_token(token).await)
            }

            /// Ends all sessions of the user of the request's access token, and removes the cookies. The default body
            /// is `{"logout": true}`.
            ///
            /// # Errors
            ///
            /// Returns an error if the token is not a valid access token, or if the store fails.
            pub async fn log_out_everywhere(&self) -> Result<LoggedOut, Rejected> {
                self.answered(self.0.log_out_everywhere().await)
            }

            /// Returns the live sessions of the token's user, the newest first.
            ///
            /// # Errors
            ///
            /// Returns an error if the store fails.
            pub async fn list_sessions(
                &self,
                token: &$crate::Token,
            ) -> Result<Vec<$crate::session::Session>, Rejected> {
                self.jwt().list_sessions(token).await.map_err(|error| self.reject(error))
            }

            /// Ends one session of the token's user, and returns whether it was alive.
            ///
            /// # Errors
            ///
            /// Returns an error if the store fails.
            pub async fn end_session(&self, token: &$crate::Token, session: &str) -> Result<bool, Rejected> {
                self.jwt().end_session(token, session).await.map_err(|error| self.reject(error))
            }

            /// Ends all sessions of the token's user except the token's own, such as after a change of password.
            /// Returns the number of sessions that were alive.
            ///
            /// # Errors
            ///
            /// Returns an error if the store fails.
            pub async fn end_other_sessions(&self, token: &$crate::Token) -> Result<u64, Rejected> {
                self.jwt().end_other_sessions(token).await.map_err(|error| self.reject(error))
            }

            /// Turns an error of one of the manager's methods, such as [`revoke`](jwt_core::JwtManager::revoke), into
            /// the error of a handler.
            #[must_use]
            pub fn reject(&self, error: impl Into<$crate::session::SessionError>) -> Rejected {
                self.0.reject(error).into()
            }

            fn answered(
                &self,
                outcome: Result<$crate::adapter::Answer, $crate::session::SessionError>,
            ) -> Result<LoggedOut, Rejected> {
                outcome.map(LoggedOut).map_err(|error| self.reject(error))
            }
        }

        $crate::declare_auth!(@issued LoggedIn, "The response to a login. It carries the session's tokens.");
        $crate::declare_auth!(@issued Refreshed, "The response to an exchange. It carries the session's new tokens.");

        /// The response to a logout.
        #[derive(Debug)]
        #[must_use = "the cookies stay unless the handler returns the response"]
        pub struct LoggedOut($crate::adapter::Answer);

        impl LoggedOut {
            /// Replaces the body with a JSON body. The cookies are still removed.
            pub fn json(self, body: &(impl $crate::__private::serde::Serialize + ?Sized)) -> Self {
                Self(self.0.json(body))
            }
        }
    };
    (@issued $name:ident, $doc:literal) => {
        #[doc = $doc]
        #[derive(Debug)]
        #[must_use = "the client has no tokens unless the handler returns the response"]
        pub struct $name($crate::adapter::Issued);

        impl $name {
            /// Returns the tokens.
            #[must_use]
            pub fn pair(&self) -> &$crate::session::TokenPair {
                &self.0.pair
            }

            /// Replaces the body with a JSON body. The cookies are kept. Without cookies, the client gets the tokens
            /// only if the body has them.
            pub fn json(self, body: &(impl $crate::__private::serde::Serialize + ?Sized)) -> Self {
                let $crate::adapter::Issued { pair, answer } = self.0;
                Self($crate::adapter::Issued { pair, answer: answer.json(body) })
            }
        }

        impl From<$crate::adapter::Issued> for $name {
            fn from(issued: $crate::adapter::Issued) -> Self {
                Self(issued)
            }
        }
    };
}

/// Declares `require` with this documentation, and the guard that it creates, which does nothing unless it is used as
/// the text says.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_require {
    ($(#[$doc:meta])* $unused:literal) => {
        $(#[$doc])*
        pub fn require(jwt: &$crate::JwtManager, policy: $crate::Policy) -> Require {
            Require { jwt: jwt.clone(), policy }
        }

        /// The guard that [`require`] creates.
        #[derive(Clone, Debug)]
        #[must_use = $unused]
        pub struct Require {
            jwt: $crate::JwtManager,
            policy: $crate::Policy,
        }
    };
}

/// Declares `read`, which reads bodies of the `http-body` crate, on which the adapter depends.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_body_reader {
    () => {
        /// A body that was read, in full or in part, for the handler.
        struct Replayed<B: ::http_body::Body>(
            $crate::adapter::Replay<B, ::http_body::Frame<::bytes::Bytes>, B::Error>,
        );

        impl<B: ::http_body::Body<Data = ::bytes::Bytes> + Unpin> ::http_body::Body for Replayed<B> {
            type Data = ::bytes::Bytes;
            type Error = B::Error;

            fn poll_frame(
                self: ::std::pin::Pin<&mut Self>,
                context: &mut ::std::task::Context<'_>,
            ) -> ::std::task::Poll<Option<Result<::http_body::Frame<::bytes::Bytes>, B::Error>>> {
                use $crate::adapter::Piece;
                self.get_mut().0.poll_next(context).map_ok(|piece| match piece {
                    Piece::Data(data) => ::http_body::Frame::data(data),
                    Piece::Trailers(frame) => frame,
                })
            }

            fn is_end_stream(&self) -> bool {
                self.0.is_drained() && self.0.rest().is_none_or(B::is_end_stream)
            }

            fn size_hint(&self) -> ::http_body::SizeHint {
                let rest = self.0.rest().map_or_else(|| ::http_body::SizeHint::with_exact(0), B::size_hint);
                let held = u64::try_from(self.0.held()).unwrap_or(u64::MAX);
                let mut hint = ::http_body::SizeHint::new();
                hint.set_lower(rest.lower().saturating_add(held));
                rest.upper().iter().for_each(|upper| hint.set_upper(upper.saturating_add(held)));
                hint
            }
        }

        /// Reads a body, leaves it or the reason why it was not read in the extensions, and returns the body for the
        /// handler.
        async fn read<B: ::http_body::Body<Data = ::bytes::Bytes> + Unpin>(
            body: B,
            limit: usize,
            extensions: &mut $crate::__private::http::Extensions,
        ) -> Replayed<B> {
            use $crate::adapter::{Piece, read_body};
            let announced = body.size_hint().lower();
            let (outcome, replay) = read_body(body, limit, announced, |body, context| {
                let frame = ::std::pin::Pin::new(body).poll_frame(context);
                frame.map_ok(|frame| frame.into_data().map_or_else(Piece::Trailers, Piece::Data))
            })
            .await;
            match outcome {
                // An outer guard can have read another body.
                Ok(body) => {
                    extensions.remove::<$crate::adapter::UnreadBody>();
                    extensions.insert(body);
                }
                Err(why) => {
                    extensions.remove::<$crate::adapter::BufferedBody>();
                    extensions.insert(why);
                }
            }
            Replayed(replay)
        }
    };
}

/// Declares the tower layer of implicit refresh, for frameworks whose responses are those of `http`. The names are
/// those of tower's traits and of the future in the module that uses it.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_renew_layer {
    ($layer:ident, $service:ident, $future:ident) => {
        /// The layer that [`renew`] creates.
        #[derive(Clone, Debug)]
        #[must_use = "a layer does nothing until it wraps a service"]
        pub struct Renew {
            jwt: $crate::JwtManager,
            within: ::std::time::Duration,
            keep: &'static [&'static str],
        }

        impl Renew {
            /// Keeps these claims of the old token, in addition to the claims of the claims loader. Without a claims
            /// loader, all claims are kept.
            pub const fn keep_claims(mut self, names: &'static [&'static str]) -> Self {
                self.keep = names;
                self
            }
        }

        impl<S> $layer<S> for Renew {
            type Service = RenewService<S>;

            fn layer(&self, inner: S) -> RenewService<S> {
                RenewService { renew: self.clone(), inner }
            }
        }

        /// The service that [`Renew`] wraps around another.
        #[derive(Clone, Debug)]
        pub struct RenewService<S> {
            renew: Renew,
            inner: S,
        }

        impl<S, B, R> $service<$crate::__private::http::Request<B>> for RenewService<S>
        where
            S: $service<$crate::__private::http::Request<B>, Response = $crate::__private::http::Response<R>>,
            S::Future: Send + 'static,
            R: Send,
        {
            type Response = S::Response;
            type Error = S::Error;
            /// Boxed only if a token is renewed.
            type Future = $future<S::Future, Result<S::Response, S::Error>>;

            fn poll_ready(
                &mut self,
                context: &mut ::std::task::Context<'_>,
            ) -> ::std::task::Poll<Result<(), S::Error>> {
                self.inner.poll_ready(context)
            }

            fn call(&mut self, request: $crate::__private::http::Request<B>) -> Self::Future {
                let Renew { jwt, within, keep } = &self.renew;
                let Some(renewal) = $crate::adapter::Renewal::find(jwt, &request, *within) else {
                    return Self::Future::direct(self.inner.call(request), ::std::convert::identity);
                };
                let (keep, answer) = (*keep, self.inner.call(request));
                Self::Future::boxed(::std::boxed::Box::pin(async move {
                    let mut response = answer.await?;
                    renewal.add_to(response.headers_mut(), keep).await;
                    Ok(response)
                }))
            }
        }
    };
}
