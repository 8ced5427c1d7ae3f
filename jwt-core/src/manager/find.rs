//! Stages 1 to 5: finding a token, and verifying it with the right keys.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use serde_json::Value;

use super::authenticated::{Pending, State};
use super::watch::{Client, Step, Watch};
use super::{Call, JwtManager, Runtime};
use crate::algorithm::Algorithm;
use crate::error::{BoxError, InvalidToken, KeysUnavailable};
use crate::issuer::TrustedIssuer;
use crate::keys::{KeySet, LoadedKey};
use crate::location::Location;
use crate::policy::Policy;
use crate::request::{Found, Located, MemoInner, Provenance, RequestView};
use crate::session::Event;
use crate::token::{self, Source, Token, TokenError, UnverifiedToken};
use crate::wire::Compact;

/// The outcome of verifying the text of a token.
pub(super) enum Verified {
    Token(Token),
    /// The keys of the issuer must be fetched.
    NeedsKey {
        issuer: Arc<TrustedIssuer>,
        /// The `iss` of the token, which is not verified.
        iss: String,
    },
}

impl JwtManager {
    /// Stages 3 to 5, with the keys and rules of the issuer that the token claims.
    #[inline(always)]
    pub(super) fn verify_text<W: Watch>(
        &self,
        text: &[u8],
        source: Source<'_>,
        watch: W,
    ) -> Result<Verified, TokenError> {
        let rules = &self.0.runtime.rules;
        // A text that does not have the form of a token is rejected here, at little cost.
        let compact = Compact::split(text, rules.max_token_bytes)?;
        let issuers = self.issuers();
        let named = issuers.as_ref().and_then(|_| token::unverified_issuer(&compact));
        let of_name = |iss| issuers.as_ref().and_then(|issuers| Some((issuers.of(iss)?, iss)));
        let Some((issuer, iss)) = named.as_deref().and_then(of_name) else {
            if let Some(loader) = &self.0.runtime.loaders.verifying_key {
                watch.at(Step::Keys);
                let unverified = UnverifiedToken::read(&compact)?;
                let key = self.call_now(watch, Call::KeyLoader, || loader(&unverified));
                let key = key.map_err(TokenError::Unavailable)?;
                let key = key.ok_or(InvalidToken::UnknownKey)?;
                // It is the payload that is verified afterwards, so it does not matter that it is not yet.
                if !self.is_key_for(&key, unverified.claims().get("iss")) {
                    watch.at(Step::Issuer);
                    return Err(InvalidToken::Issuer.into());
                }
                let keys = KeySet::single(key.into_key());
                watch.at(Step::Token);
                return token::verify(&compact, source, &keys, rules, || self.now()).map(Verified::Token);
            }
            let keys = self.0.keys.load();
            let verified = token::verify(&compact, source, keys.verifying(), rules, || self.now());
            return match verified {
                // None of the own keys can have signed it, so the mistake is in the issuer rather than in the key.
                Err(TokenError::Invalid(
                    InvalidToken::AlgorithmNotAllowed
                    | InvalidToken::KeyIdMissing
                    | InvalidToken::Type
                    | InvalidToken::UnknownKey,
                )) if keys.verifying().is_empty()
                    || named.as_deref().is_some_and(|iss| !self.is_own(iss)) =>
                {
                    watch.at(Step::Issuer);
                    if W::IS_CLIENT
                        && let Some((issuers, iss)) = issuers.as_ref().zip(named.as_deref())
                    {
                        issuers.warn_of_similar(iss, self.time());
                    }
                    Err(InvalidToken::Issuer.into())
                }
                verified => verified.map(Verified::Token),
            };
        };
        let needs_key = || Ok(Verified::NeedsKey { issuer: Arc::clone(issuer), iss: iss.to_owned() });
        let Some(keys) = issuer.known_keys() else {
            return needs_key();
        };
        let verified = token::verify(&compact, source, &keys, &issuer.rules, || self.now());
        if let Err(TokenError::Invalid(why)) = &verified
            && issuer.worth_fetching(why, || unverified_algorithm(&compact))
        {
            return needs_key();
        }
        verified.map(Verified::Token)
    }

    /// Whether the configuration expects this `iss` in the manager's own tokens.
    fn is_own(&self, iss: &str) -> bool {
        self.0.runtime.rules.parties.issuers.iter().flatten().any(|own| own.matches(iss))
    }

    /// Whether the key from a loader can verify a token with this `iss`. What the configuration expects is checked
    /// together with the other claims.
    fn is_key_for(&self, key: &LoadedKey, iss: Option<&Value>) -> bool {
        let Runtime { rules, issue, .. } = &self.0.runtime;
        let is = |name: Option<&str>| name.is_some_and(|name| iss.is_some_and(|iss| iss == name));
        match (key.issuer(), &rules.parties.issuers) {
            (Some(name), _) => !name.is_empty() && is(Some(name)),
            (None, None) if rules.claims.ignore_unconfigured => true,
            // There is one issuer that it can be.
            (None, Some(expected)) if expected.len() < 2 => true,
            (None, _) => iss.is_none() || is(issue.parties.issuer.as_deref()),
        }
    }

    /// Stages 3 to 6 of a token that waited for the issuer's keys.
    pub(super) async fn verify_pending<W: Watch>(
        &self,
        pending: Pending,
        watch: W,
    ) -> Result<Found, TokenError> {
        let Pending { text, location, csrf, policy, issuer } = pending;
        watch.at(Step::Keys);
        let fetched = self.call_for(watch, Call::FetchKeys, issuer.fetch_keys()).await;
        if !self.issuers().is_some_and(|issuers| issuers.has_this(&issuer)) {
            // It was removed meanwhile.
            return Err(InvalidToken::Issuer.into());
        }
        if W::IS_CLIENT && fetched.is_err() && issuer.reports_failure(self.time()) {
            let operation = Call::FetchKeys.as_str();
            let issuer = &*issuer.shown;
            tracing::warn!(target: "jwt", operation, issuer, "the keys of this issuer could not be fetched");
            self.emit(Event::KeySetStale { issuer });
        }
        watch.at(Step::Token);
        let source = Source { location, csrf: csrf.as_deref() };
        let compact = Compact::split(&text, issuer.rules.max_token_bytes)?;
        let verify = |keys: &KeySet| token::verify(&compact, source, keys, &issuer.rules, || self.now());
        let token = match fetched {
            Ok(keys) => verify(&keys)?,
            Err(error) => match issuer.known_keys().map(|keys| verify(&keys)) {
                // Old keys decide about tokens that they verify. What they do not verify, newer keys might.
                Some(Err(TokenError::Invalid(why)))
                    if issuer.mismatch(&why, || unverified_algorithm(&compact)).is_some() =>
                {
                    return Err(keys_unavailable(error));
                }
                Some(verified) => verified?,
                None => return Err(keys_unavailable(error)),
            },
        };
        let found = Found {
            token,
            provenance: Provenance::new(policy.locations, policy.asks_for_refresh(), csrf.is_some()),
        };
        self.judge(&found, &policy, watch)?;
        Ok(found)
    }

    /// Stages 1 to 5, unless a guard of this manager has run them.
    ///
    /// The token of a guard that [fits the policy](accepted) is used, and so is one from the same locations. Otherwise,
    /// the policy searches its own locations, because the first of them decides. If it finds the same text in the same
    /// location, the signature is not verified again.
    #[inline(always)]
    pub(crate) fn find(&self, view: &dyn RequestView, policy: &Policy) -> Result<State, TokenError> {
        let (places, refresh) = (policy.locations, policy.asks_for_refresh());
        let memo = self.own_memo(view);
        if let Some(found) = memo.as_ref().and_then(|memo| accepted(memo, policy)) {
            return Ok(State::Ready(Some(found.clone())));
        }
        if let Some(found) = memo.as_ref().and_then(|memo| self.remembered(memo, policy)) {
            return Ok(State::Ready(Some(found)));
        }
        let locator = self.locator();
        let choose = |values: &[&[u8]]| self.choose(values, policy);
        let located = locator.locate(view, locator.places_of(policy), refresh, &choose);
        let located = located.inspect_err(|error| self.warn_of_unread_body(error))?;
        let known = memo.map(|memo| memo.found).filter(|found| {
            let same_names = found.provenance.has_names(refresh) || located.csrf.is_none();
            let same_place = found.token.location() == Some(located.location);
            same_names && same_place && found.token.text().as_bytes() == &*located.text
        });
        if let Some(Found { token, provenance }) = known {
            let csrf_checked = provenance.csrf_checked || located.csrf.is_some();
            let provenance = Provenance { places, refresh: Some(refresh), csrf_checked, ..provenance };
            return Ok(State::Ready(Some(Found { token, provenance })));
        }
        let Located { text, location, csrf } = located;
        let source = Source { location: Some(location), csrf: csrf.as_deref() };
        Ok(match self.verify_text(&text, source, Client)? {
            Verified::Token(token) => {
                let provenance = Provenance::new(places, refresh, csrf.is_some());
                State::Ready(Some(Found { token, provenance }))
            }
            Verified::NeedsKey { issuer, iss } => {
                self.check_named_issuer(&issuer, &iss, policy, Client)?;
                let (text, location) = (Box::from(&*text), Some(location));
                State::NeedsKey(Box::new(Pending { text, location, csrf, policy: policy.clone(), issuer }))
            }
        })
    }

    /// The token that a client presented, once its key is there, and stage 6 of its check.
    pub(crate) async fn presented(
        &self,
        presented: Result<State, TokenError>,
        policy: &Policy,
    ) -> Result<Found, TokenError> {
        match presented? {
            State::Ready(found) => {
                let found = found.ok_or_else(|| TokenError::Missing(Vec::new()))?;
                self.judge(&found, policy, Client)?;
                Ok(found)
            }
            State::NeedsKey(pending) => self.verify_pending(*pending, Client).await,
        }
    }

    /// Stages 3 to 6 for a token that did not arrive in a request.
    pub(crate) fn find_in_text<W: Watch>(
        &self,
        token: &str,
        policy: &Policy,
        watch: W,
    ) -> Result<State, TokenError> {
        let (places, refresh) = (policy.locations, policy.asks_for_refresh());
        match self.verify_text(token.as_bytes(), Source::default(), watch)? {
            Verified::Token(token) => {
                let found = Found { token, provenance: Provenance::new(places, refresh, false) };
                self.judge(&found, policy, watch)?;
                Ok(State::Ready(Some(found)))
            }
            Verified::NeedsKey { issuer, iss } => {
                self.check_named_issuer(&issuer, &iss, policy, watch)?;
                let text = token.as_bytes().into();
                Ok(State::NeedsKey(Box::new(Pending {
                    text,
                    location: None,
                    csrf: None,
                    policy: policy.clone(),
                    issuer,
                })))
            }
        }
    }

    /// Rejects a token before its key is fetched, if it names an issuer whose tokens the policy does not accept.
    fn check_named_issuer<W: Watch>(
        &self,
        issuer: &TrustedIssuer,
        iss: &str,
        policy: &Policy,
        watch: W,
    ) -> Result<(), InvalidToken> {
        let is_accepted = policy.accepts_issuer(&issuer.shown, iss, !self.has_own_keys());
        if is_accepted {
            return Ok(());
        }
        watch.at(Step::NamedIssuer);
        if W::IS_CLIENT {
            self.warn_of_untrusted_name(policy);
        }
        Err(InvalidToken::Issuer)
    }

    /// Logs once that a route lacks a guard. Every client can cause this, so it must not fill the log.
    #[cold]
    fn warn_of_unread_body(&self, error: &TokenError) {
        if error.body_was_not_read() && !self.0.warned_of_unread_body.swap(true, Ordering::Relaxed) {
            tracing::warn!(
                "a token or CSRF value may be in the body of a request, but nothing has read the body, so the request \
                 is treated as having none: set Config::buffered_body and put a guard (in warp, a JwtLayer) in front of \
                 the route, or remove Location::Json and csrf_check_form from the Config"
            );
        }
    }

    /// The token that a guard of this manager accepted, if it is of the policy's kind.
    pub(crate) fn token_of_guard(&self, view: &dyn RequestView, policy: &Policy) -> Option<Found> {
        let found = self.own_memo(view).filter(|memo| memo.passed)?.found;
        policy.kind.is_none_or(|kind| found.token.is_of_kind(kind)).then_some(found)
    }

    /// The memo of this manager. A view may return the memo of a different manager, which is ignored.
    ///
    /// A memo does not count either if its token is from a cookie, the method of the request requires a CSRF value, and
    /// no value was checked: something behind the guard has changed the method.
    pub(super) fn own_memo(&self, view: &dyn RequestView) -> Option<MemoInner> {
        let mut memo = view.memo(self.id())?.0;
        memo.found.provenance.guarded = memo.passed;
        self.counts(&memo, view.method()).then_some(memo)
    }

    pub(super) fn counts(&self, memo: &MemoInner, method: &str) -> bool {
        let Found { token, provenance } = &memo.found;
        let lacks_csrf = token.location() == Some(Location::Cookie)
            && !provenance.csrf_checked
            && self.locator().csrf.protects(method);
        memo.manager == self.id() && !lacks_csrf
    }

    pub(super) fn remembered(&self, memo: &MemoInner, policy: &Policy) -> Option<Found> {
        let (places, refresh) = (policy.locations, policy.asks_for_refresh());
        let (Found { token, provenance }, locator) = (&memo.found, self.locator());
        let same = locator.or_configured(provenance.places) == locator.places_of(policy)
            && provenance.has_names(refresh);
        // Of several cookies of one name, a policy of another kind might choose another one.
        let fits = !locator.cookies.choice || policy.kind.is_none_or(|kind| token.is_of_kind(kind));
        (same && fits)
            .then(|| Found { token: token.clone(), provenance: Provenance { places, ..provenance.clone() } })
    }
}

fn keys_unavailable(error: BoxError) -> TokenError {
    TokenError::Unavailable(Box::new(KeysUnavailable::new(error)))
}

/// The `alg` of a token that has not been verified, if it is one that this library supports.
fn unverified_algorithm(compact: &Compact<'_>) -> Option<Algorithm> {
    let unverified = UnverifiedToken::read(compact).ok()?;
    unverified.header().get("alg").and_then(Value::as_str).and_then(Algorithm::named)
}

/// The token that a guard accepted, for a policy of the same kind that names no locations: what stands behind a guard
/// is about the token of that guard.
fn accepted<'a>(memo: &'a MemoInner, policy: &Policy) -> Option<&'a Found> {
    let same_names = memo.found.provenance.has_names(policy.asks_for_refresh());
    let is_for_it = memo.passed && policy.locations.is_empty() && same_names;
    let is_of_kind = policy.kind.is_some_and(|kind| memo.found.token.is_of_kind(kind));
    (is_for_it && is_of_kind).then_some(&memo.found)
}
