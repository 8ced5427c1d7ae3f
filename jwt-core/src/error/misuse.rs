/// Wiring that only the application's author can mend. Answered with 500, logged with the mend.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[non_exhaustive]
pub enum Misuse {
    /// The token or the CSRF value may stand in the body, and nobody has read it.
    #[error(
        "the body is a place for tokens: set Config::buffered_body, and put a guard (in warp JwtLayer) before"
    )]
    BodyNotBuffered,
    /// A `Checked` was given to another manager than the one that made it.
    #[error("complete() was called on another JwtManager than check()")]
    ForeignManager,
    /// An extractor found no `JwtManager` to check the request with.
    #[error("no JwtManager in the application: {fix}")]
    MissingManager {
        /// How to add one.
        fix: &'static str,
    },
    /// A verb of sessions is used, but the manager was built without a store of them.
    #[error("sessions need a store: call JwtManagerBuilder::session_store")]
    NoSessionStore,
    /// Tokens are to be revoked, but the manager was built without a store.
    #[error("revoking needs a store: call JwtManagerBuilder::revocation_store or sessions")]
    NoStore,
    /// `CurrentUser` is used, but the manager was built without a user loader.
    #[error("CurrentUser needs JwtManagerBuilder::user_lookup_loader")]
    NoUserLoader,
    /// `CurrentUser<U>` asks for another type than the user loader gives.
    #[error("the user loader does not give a {asked}: use its type in CurrentUser")]
    WrongUserType {
        /// The type that was asked for.
        asked: &'static str,
    },
}
