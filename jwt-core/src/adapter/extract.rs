use std::marker::PhantomData;

use crate::manager::Authenticated;
use crate::policy::Policy;
use crate::request::Memo;
use crate::token::TokenError;

/// A type that a handler can take as an argument: a policy, and how to create the type from an authenticated request.
///
/// The token types of the adapters implement this trait. Each adapter turns an `Extract` into the type that its
/// framework passes to handlers.
pub trait Extract: Sized + Send {
    /// The policy that the request must satisfy.
    const POLICY: Policy;

    /// Creates the value from a request that satisfies the policy or a stricter one.
    ///
    /// # Errors
    /// Returns an error if the claims do not fit (stage 10), or if the value needs a token and the request has none.
    fn from_authenticated(authenticated: Authenticated) -> Result<Self, TokenError>;
}

/// The result of the guard itself, for any policy.
impl Extract for Authenticated {
    const POLICY: Policy = Policy::access();

    fn from_authenticated(authenticated: Authenticated) -> Result<Self, TokenError> {
        Ok(authenticated)
    }
}

/// `None` if the request has no token. A bad token is rejected.
impl<T: Extract> Extract for Option<T> {
    const POLICY: Policy = T::POLICY.optional();

    fn from_authenticated(authenticated: Authenticated) -> Result<Self, TokenError> {
        authenticated.token().is_some().then(|| T::from_authenticated(authenticated)).transpose()
    }
}

/// A type that names a policy, for `TokenFor<P>`.
///
/// ```
/// use jwt_core::{Policy, TokenPolicy};
///
/// struct Admin;
///
/// impl TokenPolicy for Admin {
///     const POLICY: Policy = Policy::access().fresh().scopes(&["admin"]);
/// }
/// ```
pub trait TokenPolicy: Send + Sync + 'static {
    /// The policy that the token must satisfy.
    const POLICY: Policy;
}

/// Returns the policy of a guard that passes a `T` to its handler.
///
/// [`Config::insecure_exempt_options`](crate::Config::insecure_exempt_options) does not apply to it, because a handler
/// that takes a token cannot work without one.
pub const fn handler_policy<T: Extract>() -> Policy {
    T::POLICY.of_handler()
}

/// Returns the policy of an extractor.
///
/// A policy whose locations include the body does not compile, because the body belongs to the handler. Neither does one
/// that no token satisfies.
pub fn policy_of<T: Extract>() -> &'static Policy {
    let () = PolicyOf::<T>::NAMES_NO_BODY;
    let () = PolicyOf::<T>::CAN_BE_SATISFIED;
    PolicyOf::<T>::POLICY
}

struct PolicyOf<T>(PhantomData<T>);

impl<T: Extract> PolicyOf<T> {
    const POLICY: &'static Policy = &handler_policy::<T>().of_extractor();
    const NAMES_NO_BODY: () = assert!(
        !Self::POLICY.names_body(),
        "an extractor cannot read the body: put a guard before the route"
    );
    const CAN_BE_SATISFIED: () = assert!(
        Self::POLICY.can_be_satisfied(),
        "no token satisfies this policy, because only the manager's own tokens can be fresh, or of a kind other than \
         access: remove no_own_tokens()"
    );
}

/// Creates the value of an extractor, and the memo that the extractor leaves for later extractors of the request.
///
/// The memo is `None` if the request has no token. It does not count as the memo of a guard.
///
/// # Errors
/// Returns the error of the check, or of [`Extract::from_authenticated`]. An extractor that fails leaves nothing.
pub fn extracted<T: Extract>(
    outcome: Result<Authenticated, TokenError>,
) -> Result<(T, Option<Memo>), TokenError> {
    let authenticated = outcome?;
    let memo = authenticated.found.clone().map(|found| Memo::unguarded(authenticated.jwt.id(), found));
    Ok((T::from_authenticated(authenticated)?, memo))
}

/// Declares the token types of an adapter. Every adapter has the same types, but its own, because it implements its
/// framework's traits for them. The argument is the name of the adapter, for the examples.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_extractors {
    ($adapter:ident) => {
        $crate::declare_extractors! {
            /// A valid access token. A handler that takes it requires one.
            ///
            /// ```
            #[doc = concat!("use ", stringify!($adapter), "::{AccessToken, Token};")]
            ///
            /// // The claims of the application, next to the registered ones.
            /// #[derive(serde::Deserialize)]
            /// struct Profile {
            ///     department: String,
            /// }
            ///
            /// async fn protected(AccessToken(token): AccessToken) -> String {
            ///     format!("Hello, {}", token.identity())
            /// }
            ///
            /// async fn department(AccessToken(token): AccessToken<Profile>) -> String {
            ///     token.extra().department.clone()
            /// }
            /// ```
            AccessToken => $crate::Policy::access();
            /// A valid access token that is fresh: issued at login, not by a refresh.
            ///
            /// ```
            #[doc = concat!("use ", stringify!($adapter), "::FreshToken;")]
            ///
            /// async fn change_password(FreshToken(token): FreshToken) -> String {
            ///     format!("{} can change the password", token.identity())
            /// }
            /// ```
            FreshToken => $crate::Policy::access().fresh();
            /// A valid refresh token.
            ///
            /// ```
            #[doc = concat!("use ", stringify!($adapter), "::RefreshToken;")]
            ///
            /// async fn whose(RefreshToken(token): RefreshToken) -> String {
            ///     token.identity().to_owned()
            /// }
            /// ```
            RefreshToken => $crate::Policy::refresh();
            /// A valid token of any kind that the manager itself has issued.
            ///
            /// ```
            #[doc = concat!("use ", stringify!($adapter), "::AnyToken;")]
            ///
            /// async fn kind(AnyToken(token): AnyToken) -> String {
            ///     token.kind().to_owned()
            /// }
            /// ```
            AnyToken => $crate::Policy::any();
        }

        /// A valid access token, or `None` if the request has no token. A bad token is rejected.
        ///
        /// ```
        #[doc = concat!("use ", stringify!($adapter), "::OptionalToken;")]
        ///
        /// async fn feed(OptionalToken(token): OptionalToken) -> String {
        ///     match token {
        ///         Some(token) => format!("Hello, {}", token.identity()),
        ///         None => "Hello, stranger".to_owned(),
        ///     }
        /// }
        /// ```
        #[derive(Clone)]
        pub struct OptionalToken<C = ()>(pub Option<$crate::Token<C>>);

        impl<C> $crate::Extract for OptionalToken<C>
        where
            C: $crate::__private::serde::de::DeserializeOwned + Send + 'static,
        {
            const POLICY: $crate::Policy = $crate::Policy::access().optional();

            fn from_authenticated(
                authenticated: $crate::Authenticated,
            ) -> Result<Self, $crate::TokenError> {
                Option::<AccessToken<C>>::from_authenticated(authenticated)
                    .map(|token| Self(token.map(|AccessToken(token)| token)))
            }
        }

        /// A valid token that satisfies a policy of your own. Match it with `TokenFor(token, _)`.
        ///
        /// ```
        #[doc = concat!("use ", stringify!($adapter), "::{Policy, TokenFor, TokenPolicy};")]
        ///
        /// struct Admin;
        ///
        /// impl TokenPolicy for Admin {
        ///     const POLICY: Policy = Policy::access().fresh().scopes(&["admin"]);
        /// }
        ///
        /// async fn shut_down(TokenFor(token, _): TokenFor<Admin>) -> String {
        ///     format!("{} may do this", token.identity())
        /// }
        /// ```
        pub struct TokenFor<P, C = ()>(pub $crate::Token<C>, #[doc(hidden)] pub ::std::marker::PhantomData<P>);

        impl<P, C> $crate::Extract for TokenFor<P, C>
        where
            P: $crate::TokenPolicy,
            C: $crate::__private::serde::de::DeserializeOwned + Send + 'static,
        {
            const POLICY: $crate::Policy = P::POLICY;

            fn from_authenticated(
                authenticated: $crate::Authenticated,
            ) -> Result<Self, $crate::TokenError> {
                authenticated.into_typed_token().map(|token| Self(token, ::std::marker::PhantomData))
            }
        }

        /// The user of a valid access token, as returned by the user loader.
        ///
        /// `U` is the type that the loader returns. If it returns a different type, or if there is no loader, the
        /// client gets a bare 500 and the log says how to fix it.
        ///
        /// If the manager has loaders for other issuers
        /// ([`user_lookup_loader_for`](jwt_core::JwtManagerBuilder::user_lookup_loader_for)), each can return a type of
        /// its own. A user of a different type than `U` is then rejected as if it did not exist: the client gets the
        /// response of [`user_lookup_error`](jwt_core::ErrorHandlers::user_lookup_error), 401 by default. The same
        /// applies to a token of an issuer without a loader. The client chooses the token, so it must not be able to
        /// cause a 500.
        ///
        /// ```
        #[doc = concat!("use ", stringify!($adapter), "::{Config, CurrentUser, JwtManager, Token};")]
        ///
        /// struct User {
        ///     name: String,
        /// }
        ///
        /// async fn profile(CurrentUser(user): CurrentUser<User>) -> String {
        ///     user.name.clone()
        /// }
        ///
        /// # let secret = &jwt_core::keys::Secret::generate()?;
        /// let jwt = JwtManager::builder(Config::default())
        ///     .secret(secret)
        ///     .user_lookup_loader(|token: Token| async move {
        ///         // Usually a query. `None` rejects the request.
        ///         Some(User { name: token.identity().to_owned() })
        ///     })
        ///     .build()?;
        /// # Ok::<(), Box<dyn std::error::Error>>(())
        /// ```
        pub struct CurrentUser<U>(pub ::std::sync::Arc<U>);

        impl<U: Send + Sync + 'static> $crate::Extract for CurrentUser<U> {
            const POLICY: $crate::Policy = $crate::Policy::access();

            fn from_authenticated(
                authenticated: $crate::Authenticated,
            ) -> Result<Self, $crate::TokenError> {
                authenticated.user().map(Self)
            }
        }

        $crate::declare_extractors!(@opaque OptionalToken<C>, CurrentUser<U>);

        impl<P, C> ::std::fmt::Debug for TokenFor<P, C> {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.debug_struct("TokenFor").finish_non_exhaustive()
            }
        }
    };
    ($($(#[$doc:meta])* $name:ident => $policy:expr;)+) => {
        $(
            $(#[$doc])*
            ///
            /// `C` is an application-defined type for the claims. [`Token::extra`](jwt_core::Token::extra) returns it.
            /// A token whose claims do not fit is rejected as invalid.
            #[derive(Clone)]
            pub struct $name<C = ()>(pub $crate::Token<C>);

            impl<C> $crate::Extract for $name<C>
            where
                C: $crate::__private::serde::de::DeserializeOwned + Send + 'static,
            {
                const POLICY: $crate::Policy = $policy;

                fn from_authenticated(
                    authenticated: $crate::Authenticated,
                ) -> Result<Self, $crate::TokenError> {
                    authenticated.into_typed_token().map(Self)
                }
            }

            $crate::declare_extractors!(@opaque $name<C>);
        )+
    };
    (@opaque $($name:ident<$parameter:ident>),+) => {
        $(
            // Claims and users do not belong in a log.
            impl<$parameter> ::std::fmt::Debug for $name<$parameter> {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.debug_struct(stringify!($name)).finish_non_exhaustive()
                }
            }
        )+
    };
}
