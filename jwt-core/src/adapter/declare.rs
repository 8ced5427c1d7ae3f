//! The answers that adapters give, declared in each, so that it may implement its framework's traits for them.

/// Declares `Rejected`: a refused request. Its fields are for the module that declares it.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_rejected {
    () => {
        /// A refused request: why, and the answer of the application's `ErrorHandlers`.
        ///
        /// A handler that takes `Result<AccessToken, Rejected>` decides for itself.
        pub struct Rejected(
            Box<($crate::TokenError, $crate::__private::http::Response<$crate::__private::bytes::Bytes>)>,
        );

        impl Rejected {
            /// The answer of this manager's handlers to this error.
            #[must_use]
            pub fn new(
                jwt: &$crate::JwtManager,
                error: $crate::TokenError,
                view: &dyn $crate::RequestView,
            ) -> Self {
                let response = jwt.respond(&error, view);
                Self(Box::new((error, response)))
            }

            /// Why the request was refused.
            #[must_use]
            pub fn error(&self) -> &$crate::TokenError {
                &self.0.0
            }
        }

        impl ::std::fmt::Debug for Rejected {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct("Rejected").field("kind", &self.error().kind()).finish_non_exhaustive()
            }
        }

        impl ::std::fmt::Display for Rejected {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                ::std::fmt::Display::fmt(self.error(), f)
            }
        }

        impl ::std::error::Error for Rejected {
            fn source(&self) -> Option<&(dyn ::std::error::Error + 'static)> {
                ::std::error::Error::source(self.error())
            }
        }
    };
}

/// Declares `NotIssued`: a token that could not be issued.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_not_issued {
    () => {
        /// The answer to a client for whom no token could be issued: a bare 500; what to mend is in the log.
        ///
        /// A handler that returns `Result<_, NotIssued>` can write `encode()?`.
        #[derive(Debug)]
        pub struct NotIssued(Box<$crate::__private::http::Response<$crate::__private::bytes::Bytes>>);

        impl From<$crate::EncodeError> for NotIssued {
            fn from(error: $crate::EncodeError) -> Self {
                Self(Box::new(error.response()))
            }
        }

        impl From<$crate::error::CookieError> for NotIssued {
            fn from(error: $crate::error::CookieError) -> Self {
                Self(Box::new(error.response()))
            }
        }

        impl ::std::fmt::Display for NotIssued {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.write_str("no token could be issued")
            }
        }

        impl ::std::error::Error for NotIssued {}
    };
}

/// Declares `Auth`: sessions, with the framework's responses. Its field is for the module that declares it.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_auth {
    ($response:ty, $convert:path) => {
        /// Sessions, one call a route: log-in, exchange and log-out, each with the whole answer.
        ///
        /// The tokens are in the body (RFC 6749, 5.1), or in cookies if the request's token was in one; a log-in goes by
        /// the first [place](jwt_core::Config::token_location) of tokens. What is refused is answered by the
        /// application's `ErrorHandlers`, and then no cookie is touched.
        #[derive(Debug)]
        pub struct Auth($crate::Auth);

        impl Auth {
            /// The manager.
            #[must_use]
            pub const fn jwt(&self) -> &$crate::JwtManager {
                self.0.jwt()
            }

            /// Starts a session, once its user has proved to be there. Answers with the tokens; with cookies:
            /// `{"login": true}`.
            pub async fn log_in(&self, log_in: $crate::Login<'_>) -> $response {
                $convert(self.0.log_in(log_in).await)
            }

            /// Exchanges the request's refresh token; [`JwtManager::rotate`](jwt_core::JwtManager::rotate) says what
            /// becomes of it. Answers with the new tokens; with cookies: `{"refresh": true}`.
            pub async fn rotate(&self) -> $response {
                self.rotate_with(|rotate| rotate).await
            }

            /// [`rotate`](Self::rotate) with claims, or a freshness, of the application's choice.
            pub async fn rotate_with(
                &self,
                with: impl FnOnce($crate::Exchange<'_>) -> $crate::Exchange<'_> + Send,
            ) -> $response {
                $convert(self.0.rotate(with).await)
            }

            /// Ends the session of the request's token, of any kind, whose time may be over, and removes the cookies.
            /// Answers `{"logout": true}`.
            pub async fn log_out(&self) -> $response {
                $convert(self.0.log_out().await)
            }

            /// Ends all sessions of the user of the request's access token, which must be valid, and removes the
            /// cookies. Answers `{"logout": true}`.
            pub async fn log_out_everywhere(&self) -> $response {
                $convert(self.0.log_out_everywhere().await)
            }

            /// The answer to what a method of the manager has refused, such as
            /// [`sessions`](jwt_core::JwtManager::list_sessions).
            #[must_use]
            pub fn refuse(&self, error: impl Into<$crate::session::SessionError>) -> $response {
                $convert(self.0.refuse(&error.into()))
            }
        }
    };
}

/// Declares the tower layer of implicit refresh, for frameworks whose responses are those of `http`. The names are those
/// of tower's traits where it is used.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_renew_layer {
    ($layer:ident, $service:ident) => {
        /// The layer that [`renew`] makes.
        #[derive(Clone, Debug)]
        #[must_use = "a layer does nothing before it is put around a service"]
        pub struct Renew {
            jwt: $crate::JwtManager,
            within: ::std::time::Duration,
            keep: &'static [&'static str],
        }

        impl Renew {
            /// Where there is a claims loader, keeps these claims of the old token, beside those that the loader gives.
            /// Without a loader all are kept.
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

        /// The service that [`Renew`] makes of another.
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
            /// Boxed only where a token is to be renewed.
            type Future = $crate::adapter::ResponseFuture<
                S::Future,
                $crate::adapter::BoxFuture<Result<S::Response, S::Error>>,
            >;

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
