//! `states`: the state of several tokens.

use jwt_session::{
    BATCH, Consistency, EndRequest, ListRequest, RevokeRequest, SessionState, Sessions, StartRequest,
    StatesRequest, TokenRef,
};

use crate::Fixture;
use crate::expect::{
    ACTIVE, Access, ENDED, Failure, Is, MustBe as _, OVER, Outcome, REVOKED, SPENT, UNKNOWN, ensure,
};
use crate::login::{Login, Names};
use crate::text::odd;
use crate::time::{GRACE, IDLE, LIFE, MINUTE, SECOND, at, millis, policy};

/// Returns the states of tokens, and checks that there is one per token.
async fn states<S: Sessions>(
    store: &S,
    request: StatesRequest<'_>,
    which: &str,
) -> Outcome<Vec<SessionState>> {
    let states = store.states(request).await?;
    let (got, right) = (states.len(), request.tokens.len());
    ensure!(got == right, "{which}: states returned {got} states for {right} tokens");
    Ok(states)
}

/// Sessions of several subjects, in every state.
struct Mixture {
    alive: Login,
    rotated: Login,
    ended: Login,
    cut_off: Login,
    unknown: Login,
    over: Login,
}

/// When the mixture is looked up: late enough for one of its sessions to have expired.
const LATER: i64 = MINUTE;

impl Mixture {
    async fn start<S: Sessions>(store: &S, names: &Names) -> Outcome<Self> {
        let [alive, rotated, ended, cut_off, unknown, over] =
            ["alive", "rotated", "ended", "cut off", "unknown", "over"].map(|name| names.login(name));
        for login in [&alive, &rotated, &ended, &cut_off] {
            login.start(store, "first", at(0)).await?;
        }
        let short = over.new_session("first", at(0)).idle_expires_at(at(LATER));
        store.start(StartRequest::new(short, at(0))).await?;
        for (presented, next, now) in [("first", "second", 1), ("second", "third", LATER - 1)] {
            let rotation = rotated.rotate(store, presented, next, policy(), at(now)).await?;
            rotation.must_be(Is::Rotated, "the current token")?;
        }
        store.end(EndRequest::new(ended.one(), at(1))).await?.must_be(1, "live sessions ended")?;
        store
            .end(EndRequest::new(cut_off.before(at(1)), at(1)))
            .await?
            .must_be(1, "live sessions cut off")?;
        for id in ["revoked", "of none, revoked"] {
            store.revoke(RevokeRequest::new(TokenRef::new(alive.subject(), id), None, at(1))).await?;
        }
        Ok(Self { alive, rotated, ended, cut_off, unknown, over })
    }

    /// Returns the tokens, the expected states of each at the source, and a description.
    fn tokens(&self) -> Vec<(TokenRef<'_>, &'static [SessionState], &'static str)> {
        let Self { alive, rotated, ended, cut_off, unknown, over } = self;
        let of_none = |id| TokenRef::new(alive.subject(), id).issued_at(at(0));
        let without_jti = TokenRef::of(alive.subject()).issued_at(at(0));
        vec![
            (alive.access(), ACTIVE, "an access token"),
            (ended.access(), ENDED, "an access token of an ended session"),
            (alive.refresh("first"), ACTIVE, "the current token"),
            (unknown.refresh("first"), UNKNOWN, "a token of an unknown session"),
            (rotated.refresh("first"), SPENT, "the token before the previous one"),
            (rotated.refresh("second"), ACTIVE, "the previous token within grace"),
            (rotated.refresh("third"), ACTIVE, "the current token after rotations"),
            (of_none("of none"), ACTIVE, "a token without a session"),
            (of_none("of none, revoked"), REVOKED, "a revoked token without a session"),
            (without_jti, ACTIVE, "a token without a session and without a jti"),
            (TokenRef::access(alive.subject(), &alive.id, "revoked"), REVOKED, "a revoked access token"),
            (
                TokenRef::access(alive.subject(), &unknown.id, "revoked"),
                UNKNOWN,
                "a revoked access token of an unknown session",
            ),
            (cut_off.refresh("first"), ENDED, "the current token of a session that was cut off"),
            (TokenRef::new(cut_off.subject(), "old").issued_at(at(0)), REVOKED, "a token that was cut off"),
            (
                TokenRef::new(cut_off.subject(), "new").issued_at(at(SECOND)),
                ACTIVE,
                "a token issued after the cutoff",
            ),
            (over.refresh("first"), OVER, "the current token of an expired session"),
            (over.access(), OVER, "an access token of an expired session"),
        ]
    }
}

/// Returns the mixture in several orders.
fn orders<T: Clone>(tokens: &[T]) -> Vec<Vec<T>> {
    let mut orders = vec![tokens.to_vec(), tokens.iter().rev().cloned().collect()];
    for start in [3, 7, 11] {
        let (before, after) = tokens.split_at(start.min(tokens.len()));
        orders.push([after, before].concat());
    }
    orders
}

pub(crate) async fn a_batch_is_answered_in_its_order<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let mixture = Mixture::start(&store, names).await?;
    for order in orders(&mixture.tokens()) {
        let tokens: Vec<_> = order.iter().map(|(token, ..)| *token).collect();
        let request = StatesRequest::new(&tokens, at(LATER)).grace(millis(GRACE));
        let request = request.consistency(Consistency::Source);
        for (state, (_, right, which)) in states(&store, request, "a mixture").await?.iter().zip(&order) {
            state.must_be(right, &format!("{which}, in a batch"))?;
        }
    }
    Ok(())
}

pub(crate) async fn a_batch_agrees_with_single_looks<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let mixture = Mixture::start(&store, names).await?;
    let mixture = mixture.tokens();
    let tokens: Vec<_> = mixture.iter().map(|(token, ..)| *token).collect();
    for (now, grace) in [(LATER, 0), (LATER, GRACE), (LATER - 1, GRACE), (0, LIFE), (IDLE, LIFE)] {
        for consistency in [Consistency::Local, Consistency::Source] {
            let request = StatesRequest::new(&tokens, at(now)).grace(millis(grace)).consistency(consistency);
            let together = states(&store, request, "a mixture").await?;
            for (state, (token, _, which)) in together.into_iter().zip(&mixture) {
                let alone = store.state(request.about(*token)).await?;
                ensure!(
                    state == alone,
                    "{which}, at {now} ms with a grace of {grace} ms: states returned {state:?}, state returned {alone:?}"
                );
            }
        }
    }
    Ok(())
}

pub(crate) async fn a_batch_can_be_of_any_length<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (alive, ended) = (names.login("alive"), names.login("ended"));
    for login in [&alive, &ended] {
        login.start(&store, "first", at(0)).await?;
    }
    store.end(EndRequest::new(ended.one(), at(1))).await?.must_be(1, "live sessions ended")?;
    for length in [0, 1, 2, 3, 4, 5, 17, 65, 257, BATCH - 1, BATCH, BATCH + 1, 2 * BATCH + 3] {
        let is_ended = |place: usize| (place % 7).is_multiple_of(3);
        let tokens: Vec<_> = (0..length)
            .map(|place| if is_ended(place) { ended.access() } else { alive.refresh("first") })
            .collect();
        let which = format!("{length} tokens of two sessions");
        for (place, state) in
            states(&store, StatesRequest::new(&tokens, at(2)), &which).await?.iter().enumerate()
        {
            let right = if is_ended(place) { ENDED } else { ACTIVE };
            state.must_be(right, &format!("{which}, the token at position {place}"))?;
        }
    }
    Ok(())
}

pub(crate) async fn a_token_can_be_in_a_batch_twice<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (alive, ended) = (names.login("alive"), names.login("ended"));
    for login in [&alive, &ended] {
        login.start(&store, "first", at(0)).await?;
    }
    store.end(EndRequest::new(ended.one(), at(1))).await?.must_be(1, "live sessions ended")?;
    let (alive, ended) = (alive.refresh("first"), ended.refresh("first"));
    let tokens = [alive, alive, ended, alive, ended, ended, alive];
    let known = states(&store, StatesRequest::new(&tokens, at(2)), "repeated tokens").await?;
    for (state, right) in known.iter().zip([ACTIVE, ACTIVE, ENDED, ACTIVE, ENDED, ENDED, ACTIVE]) {
        state.must_be(right, "a repeated token in a batch")?;
    }
    Ok(())
}

pub(crate) async fn a_batch_is_of_many_subjects<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let logins: Vec<_> = (0..60_usize)
        .map(|number| {
            let login = names.login(&number.to_string());
            Login { issuer: names.name(&format!("issuer {}", number % 4)), ..login }
        })
        .collect();
    for (number, login) in logins.iter().enumerate() {
        login.start(&store, "first", at(0)).await?;
        if number.is_multiple_of(3) {
            store.end(EndRequest::new(login.one(), at(1))).await?.must_be(1, "live sessions ended")?;
        }
    }
    let tokens: Vec<_> = logins.iter().map(|login| login.refresh("first")).collect();
    let known = states(&store, StatesRequest::new(&tokens, at(2)), "tokens of 60 subjects").await?;
    for (number, state) in known.iter().enumerate() {
        let right = if number.is_multiple_of(3) { ENDED } else { ACTIVE };
        state.must_be(right, &format!("the token of subject {number} of 60, in a batch"))?;
    }
    Ok(())
}

pub(crate) async fn a_batch_shows_nobody_else_s_sessions<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let login = names.login("user");
    login.start(&store, "first", at(0)).await?;
    let other = Login { name: names.name("other"), ..login.clone() };
    let elsewhere = Login { issuer: names.name("other issuer"), ..login.clone() };
    let tokens = [login.refresh("first"), other.refresh("first"), elsewhere.refresh("first"), other.access()];
    let known =
        states(&store, StatesRequest::new(&tokens, at(1)), "one session id with three subjects").await?;
    let asked = "another subject's session, in a batch";
    for (state, right) in known.iter().zip([ACTIVE, UNKNOWN, UNKNOWN, Access::<F>::UNKNOWN]) {
        state.must_be(right, asked)?;
    }
    Ok(())
}

pub(crate) async fn a_batch_changes_nothing<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let (store, login) = (fixture.open().await, names.login("user"));
    login.start(&store, "first", at(0)).await?;
    let asked = "the current token";
    login.rotate(&store, "first", "second", policy(), at(1)).await?.must_be(Is::Rotated, asked)?;
    let before = store.list(ListRequest::new(login.subject(), at(1))).await?;
    let tokens =
        [login.refresh("first"), login.refresh("never issued"), login.refresh("second"), login.access()];
    for state in states(&store, StatesRequest::new(&tokens, at(2)), "spent tokens").await?.iter().take(2) {
        state.must_be(SPENT, "a spent token, in a batch")?;
    }
    login.alive(&store, at(3), "a session whose spent tokens were in a batch").await?;
    let after = store.list(ListRequest::new(login.subject(), at(1))).await?;
    ensure!(before == after, "a batch changed how list returns a session");
    let asked = "the current token, after spent tokens were in a batch";
    login.rotate(&store, "second", "third", policy(), at(4)).await?.must_be(Is::Rotated, asked)
}

pub(crate) async fn a_batch_goes_by_the_source_if_asked<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let (alive, unknown) = (names.login("alive"), names.login("unknown"));
    alive.start(&store, "first", at(0)).await?;
    let tokens = [unknown.access(), alive.access()];
    for (now, of_alive) in [(1, ACTIVE), (IDLE - 1, ACTIVE), (IDLE, OVER), (LIFE, OVER)] {
        let request = StatesRequest::new(&tokens, at(now)).consistency(Consistency::Source);
        let known = states(&store, request, "access tokens at the source").await?;
        for (state, right) in known.iter().zip([UNKNOWN, of_alive]) {
            state.must_be(right, &format!("an access token at {now} ms, in a batch at the source"))?;
        }
    }
    Ok(())
}

pub(crate) async fn names_in_a_batch_are_any_text<F>(fixture: &F, names: &Names) -> Outcome
where
    F: Fixture<Store: Sessions>,
{
    let store = fixture.open().await;
    let mut logins = Vec::new();
    for text in odd() {
        for name in names.both_ways(&text) {
            logins.push(Login { issuer: name.clone(), name: name.clone(), id: name });
        }
    }
    for login in &logins {
        login.start(&store, &login.id, at(0)).await?;
    }
    let current: Vec<_> = logins.iter().map(|login| login.refresh(&login.id)).collect();
    let Some(other) = logins.last() else { return Err(Failure("the list of odd names is empty".into())) };
    let mut wrong: Vec<_> = logins.iter().map(|login| login.refresh(&other.id)).collect();
    wrong.pop();
    for (tokens, right) in [(current, ACTIVE), (wrong, SPENT)] {
        let known = states(&store, StatesRequest::new(&tokens, at(1)), "tokens with odd names").await?;
        for (state, login) in known.iter().zip(&logins) {
            let name: String = login.name.chars().take(40).collect();
            state.must_be(right, &format!("a token of {name:?}, in a batch"))?;
        }
    }
    Ok(())
}
