//! Stage 8: authorities, and the rules of the application.

use std::cell::LazyCell;
use std::collections::VecDeque;

use super::Call;
use super::outages::Phase;
use super::watch::Watch;
use crate::authority::{Authorities, MOST_BYTES, MOST_NAMES, RequiredAuthorities};
use crate::error::{InvalidRequest, Misuse};
use crate::policy::{Alternatives, Late};
use crate::rule::{Later, Refused, RequestInfo, Rule, Verdict};
use crate::token::TokenError;
use crate::{JwtManager, Token};

/// An authority that a rule requires.
pub(super) struct Required {
    name: Box<str>,
    is_scope: bool,
}

impl Required {
    fn alternatives(&self) -> Alternatives<'_> {
        if self.is_scope { Alternatives::Scope(&self.name) } else { Alternatives::One(&self.name) }
    }
}

/// The error if a rule denies a request.
#[derive(Clone, Copy)]
enum Denial {
    Forbidden,
    VerificationFailed,
}

impl Denial {
    fn of(self, token: &Token) -> TokenError {
        match self {
            Self::Forbidden => TokenError::Forbidden(token.clone()),
            Self::VerificationFailed => TokenError::VerificationFailed(token.clone()),
        }
    }
}

/// What the rules have said so far.
#[derive(Default)]
struct Asked {
    required: Vec<Required>,
    /// The first refusal. Missing authorities precede it.
    refused: Option<TokenError>,
    later: VecDeque<(Later, Denial)>,
    is_called: bool,
    has_failed: bool,
}

impl Asked {
    fn add<W: Watch>(&mut self, _: W, verdict: Result<Verdict, TokenError>, denial: Denial, token: &Token) {
        let Verdict { required, refused, later } = match verdict {
            Ok(verdict) => verdict,
            Err(error) => return self.refuse(error),
        };
        match refused {
            Some(Refused::Denied) => self.refuse(denial.of(token)),
            Some(Refused::Malformed) => self.refuse(InvalidRequest::Malformed.into()),
            Some(Refused::Failed(error)) => self.refuse(TokenError::Unavailable(error)),
            None => {}
        }
        self.later.extend(later.into_iter().map(|later| (later, denial)));
        // The names can come from the request, so their number has a bound as in policies.
        let count = self.required.len().saturating_add(required.len());
        if count > MOST_NAMES || required.iter().any(|(name, _)| name.len() > MOST_BYTES) {
            if W::IS_CLIENT {
                // The names can come from the request, so this must not be a warning for each.
                tracing::debug!(target: "jwt", "a rule requires more than 64 names, or one of more than 256 bytes: denied");
            }
            self.refuse(denial.of(token));
        } else {
            self.required.extend(required.into_iter().map(|(name, is_scope)| Required { name, is_scope }));
        }
    }

    fn refuse(&mut self, error: TokenError) {
        self.refused.get_or_insert(error);
    }
}

impl JwtManager {
    /// Stage 8 if there are rules: those of the policy, and the one for all tokens of the manager.
    pub(super) async fn ask_rules<W: Watch>(
        &self,
        token: &Token,
        late: &Late,
        request: Option<&RequestInfo>,
        watch: W,
    ) -> Result<(), TokenError> {
        let request = request.ok_or(Misuse::NoRequest)?;
        let of_manager =
            self.0.runtime.loaders.rule.as_deref().map(|rule| (rule, Denial::VerificationFailed));
        let rules = late.rules().map(|rule| (rule, Denial::Forbidden)).chain(of_manager);
        let mut asked = Asked::default();
        let since = self.0.outages.phase(Call::Rule);
        for (rule, denial) in rules {
            let verdict = decide(rule, token, request);
            self.note_failure(&mut asked, &verdict, since, watch);
            asked.add(watch, verdict, denial, token);
        }
        loop {
            if W::IS_CLIENT && asked.is_called && !asked.has_failed && asked.later.is_empty() {
                self.works(Call::Rule, since);
            }
            self.check_authorities(token, late, &asked.required)?;
            if let Some(refused) = asked.refused {
                return Err(refused);
            }
            let Some((later, denial)) = asked.later.pop_front() else {
                return Ok(());
            };
            let verdict = Ok(self.call_rule(watch, later).await);
            self.note_failure(&mut asked, &verdict, since, watch);
            asked.add(watch, verdict, denial, token);
        }
    }

    /// Logs the failure of a rule, also of one whose verdict does not matter any more.
    fn note_failure<W: Watch>(
        &self,
        asked: &mut Asked,
        verdict: &Result<Verdict, TokenError>,
        since: Phase,
        _: W,
    ) {
        // Otherwise, the rule was not called.
        let Ok(verdict) = verdict else { return };
        asked.is_called = true;
        if let Some(Refused::Failed(error)) = &verdict.refused
            && W::IS_CLIENT
        {
            asked.has_failed = true;
            self.failed(Call::Rule, since, &**error);
        }
    }

    /// The first half of stage 8: the authorities that the policy and its rules require.
    #[inline]
    pub(super) fn check_authorities(
        &self,
        token: &Token,
        late: &Late,
        more: &[Required],
    ) -> Result<(), TokenError> {
        if late.requires_authorities() || !more.is_empty() {
            self.check_required_authorities(token, late, more)
        } else {
            Ok(())
        }
    }

    #[inline(never)]
    fn check_required_authorities(
        &self,
        token: &Token,
        late: &Late,
        more: &[Required],
    ) -> Result<(), TokenError> {
        // Most policies require scopes alone, and most tokens have them in one text.
        if let (Some(scopes), Some(held)) = (late.scopes_alone(), token.plain_scopes())
            && more.is_empty()
            && scopes.iter().all(|scope| is_word_of(held, scope))
        {
            return Ok(());
        }
        let held = match token.default_scopes() {
            // All other authorities only add to what a token may do.
            Some(scopes) if self.permits(token, &scopes, late, more) => return Ok(()),
            Some(scopes) => token.with_others(scopes),
            None => token.authorities(),
        };
        if self.permits(token, &held, late, more) {
            return Ok(());
        }
        let groups = late.groups().chain(more.iter().map(Required::alternatives));
        let required =
            RequiredAuthorities::new(groups.map(Alternatives::named), |name| token.has_prefix(name));
        Err(TokenError::InsufficientScope { token: token.clone(), required })
    }

    /// Whether a token that holds these authorities has one of each group.
    fn permits(&self, token: &Token, held: &Authorities<'_>, late: &Late, more: &[Required]) -> bool {
        let holder = self.0.runtime.grants.holder(held);
        let claim = LazyCell::new(|| token.scope_claim());
        let mut groups = late.groups().chain(more.iter().map(Required::alternatives));
        groups.all(|group| match group {
            Alternatives::Scope(name) => {
                claim.has(name) || (!token.has_prefix(name) && (holder.has(name) || holder.includes(name)))
            }
            group => group.into_iter().any(|name| holder.has(name) || holder.includes(name)),
        })
    }
}

/// Whether a text contains a word between spaces.
fn is_word_of(text: &str, word: &str) -> bool {
    !word.is_empty() && text.as_bytes().split(|byte| *byte == b' ').any(|one| one == word.as_bytes())
}

/// Calls a rule, once the body that it reads is there.
fn decide(rule: &dyn Rule, token: &Token, request: &RequestInfo) -> Result<Verdict, TokenError> {
    if let Some(limit) = rule.body_limit() {
        let body = request.body().ok_or_else(|| match request.unread() {
            Some(why) => TokenError::from(why),
            None => Misuse::RuleWithoutBody.into(),
        })?;
        if body.len() > limit {
            return Err(InvalidRequest::BodyTooLarge.into());
        }
    }
    Ok(rule.check(token, request))
}
