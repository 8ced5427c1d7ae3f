//! Whether a check is for a client that has presented a token, or for an operator who looks at one.

/// A step of a check. It distinguishes errors that several steps can return.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Step {
    /// Choosing the issuer whose keys and rules apply.
    Issuer,
    /// Comparing the issuer that the token names with the policy, before its keys are fetched.
    NamedIssuer,
    /// Loading or fetching the keys.
    Keys,
    /// Verifying the signature and the claims.
    Token,
    /// What the policy requires and a token says by itself.
    Policy,
    Store,
    Blocklist,
    /// Authorities and rules.
    Rules,
    Verification,
    User,
}

/// Follows a check. It is a type, so the check for a client is compiled without the code for operators.
pub(crate) trait Watch: Copy + Send + Sync {
    /// Whether a client has presented the token. If not, the rejection and outages are not logged, counted, or reported as
    /// audit events, and no session ends.
    const IS_CLIENT: bool;

    /// The check is at this step.
    fn at(self, step: Step);
}

/// A client that has presented a token.
#[derive(Clone, Copy)]
pub(crate) struct Client;

impl Watch for Client {
    const IS_CLIENT: bool = true;

    #[inline(always)]
    fn at(self, _: Step) {}
}
