/// A misconfiguration in the application. The client gets a bare 500; the log says how to fix it.
///
/// ```
/// use jwt_core::error::Misuse;
/// use jwt_core::{Config, JwtManager, TokenError};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
/// let token = jwt.access_token("alice").encode()?;
///
/// // This manager has no store.
/// match jwt.revoke(&token).await {
///     Err(TokenError::Misuse(misuse)) => assert_eq!(misuse, Misuse::NoStore),
///     other => panic!("{other:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// A `Checked` was passed to a manager that did not create it.
    #[error("complete() was called on a different JwtManager than check()")]
    ForeignManager,
    /// An extractor found no `JwtManager` to check the request with.
    #[error("no JwtManager in the application: {fix}")]
    MissingManager {
        /// How to add one.
        fix: &'static str,
    },
    /// The application gave its `JwtManager` to the framework in a form that extractors do not use.
    #[error("extractors do not use a JwtManager in this form: {fix}")]
    MisplacedManager {
        /// What to change.
        fix: &'static str,
    },
    /// The application uses sessions, but the manager was built without a session store.
    #[error("sessions need a store: call JwtManagerBuilder::session_store")]
    NoSessionStore,
    /// A rule needs the request, but the token did not come in one.
    #[error(
        "a rule needs the request: call JwtManager::verify_in instead of verify, and Exchange::in_request before rotate"
    )]
    NoRequest,
    /// A rule needs the body, but no guard has read it.
    #[error(
        "a rule reads the body, but nothing has read it: put a guard with this policy in front of the route (in warp, a \
         JwtLayer with read_bodies() around the service)"
    )]
    RuleWithoutBody,
    /// The application revokes tokens, but the manager was built without a revocation store.
    #[error("revoking needs a store: call JwtManagerBuilder::revocation_store or session_store")]
    NoStore,
    /// The application uses `CurrentUser`, but the manager was built without a user loader.
    #[error("CurrentUser needs a user loader: call JwtManagerBuilder::user_lookup_loader")]
    NoUserLoader,
    /// The `U` of `CurrentUser<U>` is not the type that the user loader returns.
    #[error("user loader does not return a {asked}: use the loader's type in CurrentUser")]
    WrongUserType {
        /// The `U` of `CurrentUser<U>`.
        asked: &'static str,
    },
}
