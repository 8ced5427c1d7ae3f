/// A claim that holds authorities, and the prefix that tells them apart from those of other claims.
///
/// [`Issuer::authorities`](crate::Issuer::authorities) takes the claims of an issuer, and
/// [`Config::authorities`](crate::Config::authorities) those of the manager's own tokens.
///
/// The value of the claim is a string of names separated by spaces (RFC 8693, 4.2; RFC 6749, 3.3), or a list of
/// strings. An authority is the prefix followed by a name. Names can contain any characters and are compared exactly.
/// However, a claim without a prefix holds scopes, and a scope does not contain a space. Empty names are ignored.
///
/// The following never makes a token invalid. It adds no authority, and all except the first write a debug event with
/// the path of the claim, without its value:
///
/// - The token lacks the claim.
/// - The claim, or a name in its list, has a different type.
/// - A name in a claim without a prefix begins with `role:`, `group:`, `permission:`, or the prefix of another claim; for
///   the tokens of an issuer, also with one of the manager's own. A scope named `role:admin` is therefore never mistaken
///   for the role `admin`, whatever claims are mapped. [`Policy::scopes`](crate::Policy::scopes) still finds it as a scope.
///
/// Only map claims that the issuer controls. A claim that users can edit, such as `user_metadata` of some providers,
/// would let them choose their own authorities.
///
/// ```
/// use jwt_core::{AuthorityClaim, Config, JwtManager};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let secret = &jwt_core::keys::Secret::generate()?;
/// // The shape of Keycloak's tokens.
/// let config = Config::default().authorities([
///     AuthorityClaim::new("scope"),
///     AuthorityClaim::nested(["realm_access", "roles"]).prefix("role:"),
///     AuthorityClaim::nested(["resource_access", "my.api", "roles"]).prefix("role:"),
/// ]);
/// let jwt = JwtManager::builder(config).secret(secret).build()?;
///
/// let text = jwt
///     .access_token("alice")
///     .claim("scope", "read write")
///     .claim("realm_access", serde_json::json!({"roles": ["editor"]}))
///     .encode()?;
/// let token = jwt.decode(&text)?;
/// assert!(token.has_authority("read"));
/// assert!(token.has_authority("role:editor"));
/// assert!(!token.has_authority("editor"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use = "a claim does nothing until it is passed to authorities()"]
pub struct AuthorityClaim {
    pub(super) path: Vec<Box<str>>,
    pub(super) prefix: Box<str>,
    pub(super) member_names: bool,
}

impl AuthorityClaim {
    /// Creates a mapping for the claim `name`, without a prefix. The name is literal, so `cognito:groups` and
    /// `https://example.com/roles` are names like any other. It must not be empty.
    pub fn new(name: impl Into<Box<str>>) -> Self {
        Self::nested([name])
    }

    /// Creates a mapping for a member of an object, without a prefix. `path` consists of the name of the claim and the
    /// names of the members below it. There must be one to eight names, and none can be empty. Each is literal, so it can
    /// contain dots.
    pub fn nested<S: Into<Box<str>>>(path: impl IntoIterator<Item = S>) -> Self {
        Self { path: path.into_iter().map(Into::into).collect(), prefix: Box::default(), member_names: false }
    }

    /// Sets the prefix of the authorities. By convention, it is `role:`, `group:`, or `permission:`. Default: none.
    ///
    /// Several claims can have the same prefix. If one prefix begins with another one, `build()` returns an error,
    /// because it would not be clear which claim an authority comes from.
    pub fn prefix(mut self, prefix: impl Into<Box<str>>) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Takes the names of an object's members as authorities, and ignores their values. A string or a list then adds
    /// nothing. By default, an object adds nothing.
    ///
    /// This is for claims such as `{"admin": {"org-id": "example.com"}}`, which is how Zitadel writes roles.
    pub const fn member_names(mut self) -> Self {
        self.member_names = true;
        self
    }
}
