//! Why a token is rejected, for operators.

mod advice;
mod facts;
mod required;
mod response;
mod stage;
mod text;

use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use http::{HeaderMap, Response};

use super::JwtManager;
use super::watch::{Step, Watch};
use crate::error::{InvalidToken, KeysUnavailable};
use crate::policy::Policy;
use crate::request::Snapshot;
use crate::rule::RequestInfo;
use crate::token::TokenError;
use facts::Facts;
use stage::Stage;

/// An operator who looks at a token: remembers the last step of the check.
#[derive(Clone, Copy)]
struct Operator<'a>(&'a Mutex<Step>);

impl Watch for Operator<'_> {
    const IS_CLIENT: bool = false;

    fn at(self, step: Step) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = step;
    }
}

impl JwtManager {
    /// Explains whether and why a token is rejected: for operators, command lines, and tests, **never for clients**.
    ///
    /// This runs the same check as [`verify`](Self::verify), and reports each stage: its values and rules, which
    /// stage rejects the token, what a client gets, and what to change. The [`Explanation`] tells more about the
    /// configuration than a client may know, so do not put it into a response.
    ///
    /// The check calls the store, the loaders, the rules, the key source, and the error handlers of the application, as for
    /// a client. But no client has presented the token: the library neither logs nor counts the rejection, the calls, and
    /// their failures, and does not call [`SessionEvents`](crate::session::SessionEvents). A refresh token that has been used
    /// already does not end its session.
    ///
    /// What the check calls works as usual. If keys are missing, the fetch is a real one: `jwt-jwks` logs it, counts it, and
    /// does not make another attempt for this issuer for up to 30 seconds. At the level `DEBUG`, the library still logs names
    /// in claims that it ignores, and calls of MCP tools that are not listed.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager, Policy};
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default().audience("orders")).secret(secret).build()?;
    /// let elsewhere = JwtManager::builder(Config::default().audience("billing")).secret(secret).build()?;
    /// let token = elsewhere.access_token("alice").encode()?;
    ///
    /// let explanation = jwt.explain(&token, &Policy::access()).await;
    /// assert_eq!(explanation.code(), Some("invalid_audience"));
    /// let stage = explanation.rejected_by().unwrap();
    /// assert_eq!(stage.name(), "audience");
    /// assert_eq!(stage.compared(), r#"audience does not match: aud "billing"; accepted: "orders""#);
    ///
    /// // The whole table, on a terminal.
    /// println!("{explanation}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The guide shows [what is printed](crate::guide::observability#why-is-this-token-rejected). With a [`Rule`](crate::Rule), use
    /// [`explain_in`](Self::explain_in).
    pub fn explain(&self, token: &str, policy: &Policy) -> impl Future<Output = Explanation> + Send {
        self.explained(token, policy, None)
    }

    /// Does the same as [`explain`](Self::explain) for a token that belongs to a request, so that [rules](crate::Rule)
    /// and error handlers can see the request. It is for operators and tests, **never for clients**.
    ///
    /// ```
    /// use jwt_core::{Config, JwtManager, Policy, RequestInfo, Token};
    ///
    /// fn is_reader(_: &Token, request: &RequestInfo) -> bool {
    ///     request.method() == "GET"
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let secret = &jwt_core::keys::Secret::generate()?;
    /// let jwt = JwtManager::builder(Config::default()).secret(secret).build()?;
    /// let token = jwt.access_token("alice").encode()?;
    /// let request = http::Request::post("/orders").body(())?;
    ///
    /// let explanation = jwt.explain_in(&token, &Policy::access().rule(&is_reader), &request).await;
    /// assert_eq!(explanation.rejected_by().map(|stage| stage.name()), Some("rules"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn explain_in(
        &self,
        token: &str,
        policy: &Policy,
        request: impl Into<RequestInfo>,
    ) -> impl Future<Output = Explanation> + Send {
        self.explained(token, policy, Some(request.into()))
    }

    async fn explained(&self, text: &str, policy: &Policy, request: Option<RequestInfo>) -> Explanation {
        let step = Mutex::new(Step::Token);
        let watch = Operator(&step);
        let checked = match self.find_in_text(text, policy, watch) {
            Ok(state) => self.ask(self.checked(policy, state, request.clone()), watch).await,
            Err(error) => Err(error),
        };
        let step = *step.lock().unwrap_or_else(PoisonError::into_inner);
        let error = match checked {
            Ok(authenticated) => {
                let facts = Facts::new(self, policy, text, authenticated.token(), true);
                return Explanation { stages: reports(&facts, None), rejection: None };
            }
            Err(error) => error,
        };
        let stage = Stage::of(&error, step);
        let is_verified = stage > Stage::Signature && step != Step::NamedIssuer;
        let facts = Facts::new(self, policy, text, error.token(), is_verified);
        let stages = reports(&facts, Some((stage, &error, step)));
        let request = request.unwrap_or_else(|| RequestInfo::new("GET", "/", None, HeaderMap::new()));
        let request = Snapshot::new(request, None);
        let answer = |error: &TokenError| self.answer(error, &request, Some(policy));
        let response = answer(&error);
        let other = match error.of_sample() {
            // Error handlers can expect more of a token than the sample has.
            Some(error) => catch_unwind(AssertUnwindSafe(|| answer(&error))).ok(),
            None => Some(response.clone()),
        };
        let shown = response::lines(&response, other.as_ref(), &facts.hidden());
        let advice = advice::advice(&error, stage);
        Explanation { stages, rejection: Some(Box::new(Rejection { error, response, shown, advice })) }
    }
}

fn reports(facts: &Facts<'_>, rejected: Option<(Stage, &TokenError, Step)>) -> Vec<StageReport> {
    let report = |stage: Stage| {
        let compared = facts.compared(stage);
        let (outcome, compared) = match rejected {
            Some((by, error, _)) if stage == by => {
                (StageOutcome::Rejected, format!("{}: {compared}", message(error)))
            }
            Some((by, error, step)) if stage > by || stage.is_skipped_by(error, step) => {
                (StageOutcome::NotReached, compared)
            }
            _ if facts.checks(stage) => (StageOutcome::Passed, compared),
            _ => (StageOutcome::NotChecked, compared),
        };
        StageReport { name: stage.name(), outcome, compared }
    };
    Stage::ALL.into_iter().map(report).collect()
}

/// The error in words. The names in it come from the configuration or a specification, except that of an extension.
fn message(error: &TokenError) -> String {
    match error {
        TokenError::Invalid(why) => match why {
            InvalidToken::ClaimMissing(name)
            | InvalidToken::ClaimType(name)
            | InvalidToken::ClaimValue(name) => format!("{why}: {name}"),
            InvalidToken::UnknownCritical(name) => format!("{why}: {}", text::name(name.as_untrusted_str())),
            why => why.to_string(),
        },
        TokenError::InvalidRequest(why) => why.to_string(),
        TokenError::Misuse(misuse) => misuse.to_string(),
        TokenError::Unavailable(cause) if cause.is::<KeysUnavailable>() => cause.to_string(),
        error => error.to_string(),
    }
}

/// The explanation of a check, for operators and tests, **never for clients**.
///
/// [`JwtManager::explain`] returns one. `Display` prints all of it. The text is for people, and can change in any
/// release; the names of the stages and the codes are stable.
///
/// It shows the header parameters and claims that decide, such as `kid`, `aud`, and `exp`, and the configuration that they
/// are compared with. It never shows a key, a signature, an identity, `jti`, `sid`, or other claims. If the body or
/// a challenge of the response depends on the token, or contains its identity, `jti`, `sid`, or `csrf`, a note replaces it.
/// A value is cut after 64 characters, and special characters in it are escaped. Until the signature is verified, anyone
/// can have written the values; the explanation says so. `Debug` shows the code alone.
#[must_use]
pub struct Explanation {
    stages: Vec<StageReport>,
    rejection: Option<Box<Rejection>>,
}

struct Rejection {
    error: TokenError,
    response: Response<Bytes>,
    /// The lines of the response that do not name the user.
    shown: Vec<String>,
    advice: &'static str,
}

impl Explanation {
    /// Returns all stages, in the order in which they run.
    pub fn stages(&self) -> impl Iterator<Item = &StageReport> {
        self.stages.iter()
    }

    /// Returns the stage that rejects the token. `None` if the token is accepted.
    #[must_use]
    pub fn rejected_by(&self) -> Option<&StageReport> {
        self.stages.iter().find(|stage| stage.outcome == StageOutcome::Rejected)
    }

    /// Returns the error of [`JwtManager::verify`]. `None` if the token is accepted.
    #[must_use]
    pub fn error(&self) -> Option<&TokenError> {
        self.rejection.as_ref().map(|rejection| &rejection.error)
    }

    /// Returns the [code](TokenError::code) of the error, as in logs. `None` if the token is accepted.
    #[must_use]
    pub fn code(&self) -> Option<&'static str> {
        self.error().map(TokenError::code)
    }

    /// Returns the response to a client that sends the token in a header field. `None` if the token is accepted.
    ///
    /// It is that of the application's [`ErrorHandlers`](crate::ErrorHandlers). They see the request of
    /// [`JwtManager::explain_in`], or `GET /` without header fields. Unlike the text of `Display`, the response can contain the
    /// identity.
    #[must_use]
    pub fn response(&self) -> Option<&Response<Bytes>> {
        self.rejection.as_ref().map(|rejection| &rejection.response)
    }

    /// Returns what to change, and where: in the client, at the issuer, or in this service. `None` if the token is
    /// accepted.
    #[must_use]
    pub fn advice(&self) -> Option<&'static str> {
        self.rejection.as_ref().map(|rejection| rejection.advice)
    }
}

/// A stage of a check in an [`Explanation`].
pub struct StageReport {
    name: &'static str,
    outcome: StageOutcome,
    compared: String,
}

impl StageReport {
    /// Returns the name of the stage, such as `audience`. It does not change between releases.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the outcome.
    #[must_use]
    pub const fn outcome(&self) -> StageOutcome {
        self.outcome
    }

    /// Returns what the stage compares: the values of the token and the rules. If the stage rejects the token, the text
    /// begins with the reason.
    #[must_use]
    pub fn compared(&self) -> &str {
        &self.compared
    }
}

/// The outcome of a stage in an [`Explanation`].
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum StageOutcome {
    /// The token has passed the stage.
    Passed,
    /// The stage rejects the token.
    Rejected,
    /// An earlier stage rejects the token, so this one did not run.
    NotReached,
    /// The configuration and the policy do not require anything in this stage.
    NotChecked,
}

impl fmt::Display for StageOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Passed => "passed",
            Self::Rejected => "REJECTED",
            Self::NotReached => "not reached",
            Self::NotChecked => "not checked",
        })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.rejection.as_deref() {
            None => f.write_str("accepted")?,
            Some(Rejection { error, response, .. }) => {
                write!(f, "rejected: {} ({})", error.code(), response.status().as_u16())?;
            }
        }
        for StageReport { name, outcome, compared } in &self.stages {
            write!(f, "\n  {name:<16} {outcome:<12} {compared}")?;
        }
        let Some(Rejection { response, shown, advice, .. }) = self.rejection.as_deref() else {
            return Ok(());
        };
        write!(f, "\nresponse if the token is in a header field: {}", response.status().as_u16())?;
        for line in shown {
            write!(f, "\n  {line}")?;
        }
        write!(f, "\nchange: {advice}")
    }
}

impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation").field("code", &self.code()).finish_non_exhaustive()
    }
}

// What it compares comes from the token.
impl fmt::Debug for StageReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, outcome, compared: _ } = self;
        f.debug_struct("StageReport").field("name", name).field("outcome", outcome).finish_non_exhaustive()
    }
}
