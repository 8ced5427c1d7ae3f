//! An application only needs its adapter and no other crate of the workspace.

macro_rules! application {
    ($adapter:ident) => {
        mod $adapter {
            use std::time::Duration;

            use ::$adapter::error::{InvalidToken, Misuse};
            use ::$adapter::http::{HeaderValue, StatusCode, header};
            use ::$adapter::keys::{SigningKey, VerifyingKey};
            use ::$adapter::session::{MemorySessions, SessionError};
            use ::$adapter::token::{Identity, IntoIdentity, UnverifiedToken};
            use ::$adapter::{
                Algorithm, AnyToken, Auth, Authenticated, Authorities, AuthorityClaim, BearerHandlers,
                BoxError, Config, ConfigError, CookieScope, CurrentUser, EncodeError, ErrorHandlers,
                ErrorKind, ErrorResponse, Exchange, Extract, FlaskHandlers, FreshToken, Issuer, IssuerKeys,
                JwtManager, JwtManagerBuilder, KeyMismatch, KeySource, Location, Login, OptionalToken,
                Policy, ProblemHandlers, RefreshToken, Refusal, Rejected, RequiredAuthorities, RequiredLogin,
                SameSite, SetCookies, Token, TokenBuilder, TokenError, TokenFor, TokenKind, TokenPolicy,
                renew,
            };

            struct Answers;

            impl ErrorHandlers for Answers {
                fn fallback(&self, refusal: &Refusal<'_>) -> ErrorResponse {
                    match refusal.kind() {
                        ErrorKind::Unauthorized => ErrorResponse::text(StatusCode::UNAUTHORIZED, "who?")
                            .header(header::RETRY_AFTER, HeaderValue::from_static("1")),
                        _ => refusal.default_response(),
                    }
                }
            }

            fn builder() -> JwtManagerBuilder {
                let config = Config::default()
                    .token_location([Location::Header, Location::Cookie])
                    .algorithm(Algorithm::HS256)
                    .cookie_same_site(SameSite::Strict)
                    .former_cookie_scopes([CookieScope::domain("example.com")]);
                JwtManager::builder(config)
                    .secret(crate::support::SECRET)
                    .session_store(MemorySessions::new())
            }

            /// Types that only appear in signatures.
            #[allow(clippy::type_complexity, reason = "names are all that is of interest")]
            type Named<'a> = (
                (AnyToken, Auth, Authenticated, BoxError, ConfigError, CurrentUser<u8>, EncodeError),
                (
                    Exchange<'a>,
                    FreshToken,
                    Issuer,
                    IssuerKeys,
                    KeyMismatch,
                    Login<'a>,
                    Rejected,
                    OptionalToken,
                    RefreshToken,
                ),
                (Authorities<'a>, AuthorityClaim, RequiredAuthorities, RequiredLogin),
                (SetCookies<'a>, Token, TokenBuilder<'a>, TokenError, InvalidToken, Misuse, SessionError),
                (SigningKey, VerifyingKey, UnverifiedToken, TokenFor<Admin>, Box<dyn Extracts<AnyToken>>),
            );

            trait Extracts<T: Extract> {}

            #[allow(dead_code, reason = "a bound is a use of a trait that cannot be named otherwise")]
            fn source(_: impl KeySource) {}

            struct UserId(i64);

            impl IntoIdentity for UserId {
                fn into_identity(self) -> Identity {
                    self.0.into_identity()
                }
            }

            struct Admin;

            impl TokenPolicy for Admin {
                const POLICY: Policy = Policy::of(TokenKind::ACCESS).scopes(&["admin"]);
            }

            #[test]
            fn an_application_needs_no_other_crate() {
                // That this compiles is the test of what is only named.
                let _: Option<Named<'_>> = None;
                for builder in [
                    builder().error_handlers(Answers),
                    builder().error_handlers(BearerHandlers),
                    builder().error_handlers(FlaskHandlers),
                    builder().error_handlers(ProblemHandlers::default()),
                ] {
                    let jwt = builder.build().unwrap();
                    assert!(jwt.access_token(UserId(5)).encode().is_ok());
                    let _ = renew(&jwt, Duration::from_secs(60));
                }
            }
        }
    };
}

application!(jwt_actix);
application!(jwt_axum);
application!(jwt_warp);
