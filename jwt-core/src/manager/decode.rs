use super::find::Verified;
use super::{Authenticated, Client, JwtManager};
use crate::error::InvalidToken;
use crate::policy::Policy;
use crate::rule::RequestInfo;
use crate::token::{Source, Token, TokenError, UnverifiedToken};
use crate::wire::Compact;

/// Tokens that did not arrive in an HTTP request.
impl JwtManager {
    /// Verifies a token that did not arrive in an HTTP request, such as one from a WebSocket message, a GraphQL
    /// `connection_init` payload, gRPC metadata, or a queue.
    ///
    /// This runs every stage that a request's token passes: the signature and registered claims, then the issuer, kind,
    /// freshness, revocation, and scopes that `policy` requires, then the application's loaders. If the token's issuer
    /// has a [`KeySource`](crate::KeySource), missing keys are fetched. The parts of the policy that concern HTTP do
    /// not apply: [`locations`](Policy::locations) and [`optional`](Policy::optional).
    ///
    /// `token` is the compact form alone, without a scheme such as `Bearer`.
    ///
    /// **Do not pass the value of a cookie.** There is no CSRF check here, because there is no request. Browsers attach
    /// cookies to requests that other sites make, WebSocket handshakes included.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager, Policy, TokenError};
    ///
    /// /// The first message on a socket is the token.
    /// async fn on_first_message(jwt: &JwtManager, message: &str) -> Result<String, TokenError> {
    ///     let token = jwt.verify(message, &Policy::access()).await?.into_token()?;
    ///     Ok(token.identity().to_owned())
    /// }
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    ///
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let access = jwt.access_token("alice").encode()?;
    /// assert_eq!(on_first_message(&jwt, &access).await?, "alice");
    ///
    /// // A refresh token is not an access token.
    /// let refresh = jwt.refresh_token("alice").encode()?;
    /// assert!(on_first_message(&jwt, &refresh).await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The guide has [examples](crate::guide::without_http) for WebSockets, GraphQL, gRPC, and queues.
    ///
    /// # Errors
    ///
    /// Returns the same errors as checking a request, except [`TokenError::Missing`] and [`TokenError::Csrf`]. An empty
    /// string is [`TokenError::Invalid`]. With a [`Rule`](crate::Rule), the error is
    /// [`Misuse::NoRequest`](crate::error::Misuse::NoRequest): use [`verify_in`](Self::verify_in). To see what was compared,
    /// use [`explain`](Self::explain).
    pub async fn verify(&self, token: &str, policy: &Policy) -> Result<Authenticated, TokenError> {
        let state = self.find_in_text(token, policy, Client)?;
        self.ask(self.checked(policy, state, None), Client).await
    }

    /// Does the same as [`verify`](Self::verify) for a token that belongs to a request, such as that of a WebSocket's
    /// handshake, so that [rules](crate::Rule) can see the request.
    ///
    /// ```
    /// use jwt_core::{JwtManager, Policy, RequestInfo, Token, TokenError};
    ///
    /// fn is_of_room(token: &Token, request: &RequestInfo) -> bool {
    ///     token.claim("room").is_some_and(|room| request.path().strip_prefix("/rooms/") == room.as_str())
    /// }
    ///
    /// async fn on_first_message(
    ///     jwt: &JwtManager,
    ///     handshake: &RequestInfo,
    ///     message: &str,
    /// ) -> Result<Token, TokenError> {
    ///     let policy = Policy::access().rule(&is_of_room);
    ///     jwt.verify_in(message, &policy, handshake).await?.into_token()
    /// }
    /// ```
    ///
    /// # Errors
    ///
    /// Returns the same errors as `verify`.
    pub async fn verify_in(
        &self,
        token: &str,
        policy: &Policy,
        request: impl Into<RequestInfo>,
    ) -> Result<Authenticated, TokenError> {
        let state = self.find_in_text(token, policy, Client)?;
        self.ask(self.checked(policy, state, Some(request.into())), Client).await
    }

    /// Verifies the signature and the registered claims of a token, and **does not check** its kind, its freshness,
    /// whether it was revoked, whether a route accepts its issuer, or whether it is bound to a key of its holder (`cnf`).
    ///
    /// A refresh token, a token of a custom kind, a token of a session that has ended, and a token of any trusted issuer
    /// all pass. Use [`verify`](Self::verify) to decide whether a token grants access. This method corresponds to `decode_token` of
    /// flask-jwt-extended. It never waits, so it can't fetch keys: with a [`KeySource`](crate::KeySource), a token is only
    /// accepted while its key is known.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager};
    ///
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let text = jwt.access_token("alice").claim("role", "admin").encode()?;
    ///
    /// let token = jwt.decode(&text)?;
    /// assert_eq!(token.identity(), "alice");
    /// assert!(token.claim("role").is_some_and(|role| role == "admin"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Invalid`] or [`TokenError::Expired`]. If the key would have to be fetched first, the error
    /// is [`InvalidToken::UnknownKey`].
    pub fn decode(&self, token: &str) -> Result<Token, TokenError> {
        match self.verify_text(token.as_bytes(), Source::default(), Client)? {
            Verified::Token(token) => Ok(token),
            Verified::NeedsKey { .. } => Err(InvalidToken::UnknownKey.into()),
        }
    }

    /// Like [`decode`](Self::decode), but accepts a token that has expired.
    ///
    /// This is for what happens after expiry, such as revoking a token or finding out whose it was.
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Invalid`], as `decode` does.
    pub fn decode_allow_expired(&self, token: &str) -> Result<Token, TokenError> {
        match self.decode(token) {
            Err(TokenError::Expired(token)) => Ok(token),
            decoded => decoded,
        }
    }

    /// Reads the header and the claims of a token **without verifying anything**.
    ///
    /// This is for choosing a key, or for looking at a token that is known to be good.
    ///
    /// # Errors
    ///
    /// Returns [`TokenError::Invalid`] if the text does not have the form of a token.
    pub fn insecure_unverified(&self, token: &str) -> Result<UnverifiedToken, TokenError> {
        let compact = Compact::split(token.as_bytes(), self.0.runtime.rules.max_token_bytes)?;
        Ok(UnverifiedToken::read(&compact)?)
    }
}
