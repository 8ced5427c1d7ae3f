use std::marker::PhantomData;

use crate::manager::Authenticated;
use crate::policy::Policy;
use crate::token::TokenError;

/// What a handler can ask for: a policy, and how to make it of an authenticated request. The adapters' token types
/// are such, and turn every `Extract` into what their framework passes to handlers.
pub trait Extract: Sized + Send {
    /// What the request must fulfil.
    const POLICY: Policy;

    /// Makes it of a request that fulfils the policy, or a stricter one.
    ///
    /// # Errors
    /// Stage 10: the claims do not fit; or there is no token where one is needed.
    fn from_authenticated(authenticated: Authenticated) -> Result<Self, TokenError>;
}

/// A guard's own result: whatever its policy let pass.
impl Extract for Authenticated {
    const POLICY: Policy = Policy::access();

    fn from_authenticated(authenticated: Authenticated) -> Result<Self, TokenError> {
        Ok(authenticated)
    }
}

/// `None` without a token. A bad one is refused.
impl<T: Extract> Extract for Option<T> {
    const POLICY: Policy = T::POLICY.optional();

    fn from_authenticated(authenticated: Authenticated) -> Result<Self, TokenError> {
        authenticated.token().is_some().then(|| T::from_authenticated(authenticated)).transpose()
    }
}

/// A policy with a name, for `TokenFor<P>`.
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
    /// What the token must fulfil.
    const POLICY: Policy;
}

/// The policy of an extractor: that of `T`, for requests of every method.
///
/// A policy that names the body among its places does not compile: the body belongs to the handler.
pub fn policy_of<T: Extract>() -> &'static Policy {
    let () = PolicyOf::<T>::NAMES_NO_BODY;
    PolicyOf::<T>::POLICY
}

struct PolicyOf<T>(PhantomData<T>);

impl<T: Extract> PolicyOf<T> {
    const POLICY: &'static Policy = &T::POLICY.every_method();
    const NAMES_NO_BODY: () = assert!(
        !Self::POLICY.names_body(),
        "an extractor cannot read the body: put a guard before the route"
    );
}

/// Declares the token types of an adapter: the same in each, but its own, so that it may implement its framework's
/// traits for them.
#[doc(hidden)]
#[macro_export]
macro_rules! declare_extractors {
    () => {
        $crate::declare_extractors! {
            /// A valid access token.
            AccessToken => $crate::Policy::access();
            /// A valid access token that is fresh: issued at a login, not by a refresh.
            FreshToken => $crate::Policy::access().fresh();
            /// A valid refresh token.
            RefreshToken => $crate::Policy::refresh();
            /// A valid token of any kind.
            AnyToken => $crate::Policy::any();
        }

        /// A valid access token, or `None` where the request has none. A bad token is refused.
        #[derive(Clone)]
        pub struct OptionalToken<C = ()>(pub Option<$crate::Token<C>>);

        impl<C> $crate::Extract for OptionalToken<C>
        where
            C: $crate::__private::serde::de::DeserializeOwned + Send + 'static,
        {
            const POLICY: $crate::Policy = $crate::Policy::access().optional().every_method();

            fn from_authenticated(
                authenticated: $crate::Authenticated,
            ) -> Result<Self, $crate::TokenError> {
                Option::<AccessToken<C>>::from_authenticated(authenticated)
                    .map(|token| Self(token.map(|AccessToken(token)| token)))
            }
        }

        /// A valid token for a policy of the application's own. Take it apart with `TokenFor(token, _)`.
        pub struct TokenFor<P, C = ()>(pub $crate::Token<C>, #[doc(hidden)] pub ::std::marker::PhantomData<P>);

        impl<P, C> $crate::Extract for TokenFor<P, C>
        where
            P: $crate::TokenPolicy,
            C: $crate::__private::serde::de::DeserializeOwned + Send + 'static,
        {
            const POLICY: $crate::Policy = P::POLICY.every_method();

            fn from_authenticated(
                authenticated: $crate::Authenticated,
            ) -> Result<Self, $crate::TokenError> {
                authenticated.into_typed_token().map(|token| Self(token, ::std::marker::PhantomData))
            }
        }

        /// The user of a valid access token, as the user loader found it.
        ///
        /// `U` is the type that the loader gives. Another one, or no loader, is a programming error: 500, and a log
        /// line that says what to mend.
        pub struct CurrentUser<U>(pub ::std::sync::Arc<U>);

        impl<U: Send + Sync + 'static> $crate::Extract for CurrentUser<U> {
            const POLICY: $crate::Policy = $crate::Policy::access().every_method();

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
            /// `C` is the application's own type for the claims, read by [`Token::extra`](jwt_core::Token::extra);
            /// a token whose claims do not fit it is refused as invalid.
            #[derive(Clone)]
            pub struct $name<C = ()>(pub $crate::Token<C>);

            impl<C> $crate::Extract for $name<C>
            where
                C: $crate::__private::serde::de::DeserializeOwned + Send + 'static,
            {
                const POLICY: $crate::Policy = $policy.every_method();

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
            // Claims and users are nothing for a log.
            impl<$parameter> ::std::fmt::Debug for $name<$parameter> {
                fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                    f.debug_struct(stringify!($name)).finish_non_exhaustive()
                }
            }
        )+
    };
}
