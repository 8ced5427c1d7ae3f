//! The answers that adapters give, declared in each, so that it may implement its framework's traits for them.

/// Declares `Rejected`: a refused request. Its fields are for the module that declares it.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_rejected {
    () => {
        /// A refused request: why, and the answer of the application's `ErrorHandlers`.
        ///
        /// A handler that takes `Result<AccessToken, Rejected>` decides for itself.
        pub struct Rejected(Box<($crate::TokenError, ::http::Response<::bytes::Bytes>)>);

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
        pub struct NotIssued(Box<::http::Response<::bytes::Bytes>>);

        impl From<$crate::EncodeError> for NotIssued {
            fn from(error: $crate::EncodeError) -> Self {
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
