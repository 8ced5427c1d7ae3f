//! The identity that a token is issued for.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

/// The identity that a token is issued for. It becomes the `sub` claim, or the claim that
/// [`Config::identity_claim`](crate::Config::identity_claim) names.
///
/// Applications rarely name this type: [`IntoIdentity`] converts strings, integers, and UUIDs. Two constructors cover
/// the rest. `Debug` does not show the identity.
pub struct Identity(pub(crate) Result<Value, serde_json::Error>);

impl Identity {
    /// Creates an identity from text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Self {
        Self(Ok(Value::String(text.into())))
    }

    /// Creates an identity from any value that serializes to JSON.
    ///
    /// There are two uses:
    ///
    /// - A whole user, from which [`user_identity_loader`](crate::JwtManagerBuilder::user_identity_loader) makes the
    ///   identity. The loaders of claims, headers, and keys receive the user as it is.
    /// - An identity that is not a string, such as the number `5`. RFC 7519, 4.1.2, requires a string, and so does
    ///   every verifier that follows it. [`Config::verify_sub(false)`](crate::Config::verify_sub) permits other values.
    ///
    /// Stores of sessions know an identity by its text, so `5` and `"5"` are one subject to them. Don't use both.
    ///
    /// If the value can't be serialized, [`encode`](crate::TokenBuilder::encode) returns the error.
    ///
    /// ```
    /// use jwt_core::token::Identity;
    /// use jwt_core::{Config, JwtManager};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let config = Config::default().verify_sub(false);
    /// let jwt = JwtManager::builder(config).secret(secret).build()?;
    /// let text = jwt.access_token(Identity::value(5)).encode()?;
    /// assert_eq!(jwt.decode(&text)?.identity_value(), 5);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn value(value: impl Serialize) -> Self {
        Self(serde_json::to_value(value))
    }
}

impl Identity {
    /// The identity as [`Token::identity`](crate::Token::identity) returns it.
    pub(crate) fn into_text(self) -> String {
        match self.0 {
            Ok(Value::String(text)) => text,
            Ok(value) => value.to_string(),
            // Nobody has this identity, because no token can be issued for it.
            Err(_) => String::new(),
        }
    }
}

// It is a claim.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity").finish_non_exhaustive()
    }
}

/// A value that tokens can be issued for: a string, an integer, a UUID, or your own type.
///
/// RFC 7519, 4.1.2, requires the `sub` claim to be a string, so integers and UUIDs are written as text: `42` becomes
/// `"42"`, and a UUID has its hyphens. Implement the trait for the id types of your application:
///
/// ```
/// use jwt_core::token::{Identity, IntoIdentity};
/// use jwt_core::{Config, JwtManager};
///
/// #[derive(Clone, Copy)]
/// struct UserId(i64);
///
/// impl IntoIdentity for UserId {
///     fn into_identity(self) -> Identity {
///         self.0.into_identity()
///     }
/// }
///
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let text = jwt.access_token(UserId(42)).encode()?;
/// assert_eq!(jwt.decode(&text)?.identity(), "42");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "a token cannot be issued for `{Self}`",
    note = "implement `IntoIdentity` for `{Self}`, or pass text, an integer, or a `Uuid`",
    note = "`Identity::value` takes anything that serializes, for `user_identity_loader` and `verify_sub(false)`"
)]
pub trait IntoIdentity {
    /// Converts this value into an identity.
    fn into_identity(self) -> Identity;
}

impl IntoIdentity for Identity {
    fn into_identity(self) -> Identity {
        self
    }
}

impl<T: IntoIdentity + Clone> IntoIdentity for &T {
    fn into_identity(self) -> Identity {
        self.clone().into_identity()
    }
}

macro_rules! from_text {
    ($($text:ty),+) => {$(
        impl IntoIdentity for $text {
            fn into_identity(self) -> Identity {
                Identity::text(self)
            }
        }
    )+};
}

from_text!(&str, String, Box<str>, Cow<'_, str>);

impl IntoIdentity for Arc<str> {
    fn into_identity(self) -> Identity {
        Identity::text(&*self)
    }
}

macro_rules! as_text {
    ($($number:ty),+) => {$(
        impl IntoIdentity for $number {
            fn into_identity(self) -> Identity {
                Identity::text(self.to_string())
            }
        }
    )+};
}

as_text!(i8, i16, i32, i64, i128, isize, u8, u16, u32, u64, u128, usize, uuid::Uuid);
as_text!(std::num::NonZeroI32, std::num::NonZeroI64, std::num::NonZeroU32, std::num::NonZeroU64);
