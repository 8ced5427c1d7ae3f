//! The list of all checks, for macros. One that is missing here is never used, which the compiler warns of.

/// The checks of revocation, for a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __revocation_checks {
    ([$($then:tt)+] [$($argument:tt)*]) => {
        $($then)+! { [$($argument)*]
            /// Only the token of that issuer and `jti` is revoked.
            revocation::only_the_revoked_token_is_revoked;
            /// Revoking a token without `jti` is an error.
            revocation::a_token_without_jti_cannot_be_revoked;
            /// A revocation holds to the last millisecond before its moment.
            revocation::a_revocation_holds_until_its_moment;
            /// A revocation without a moment holds for ever, whatever else the store forgets.
            revocation::a_revocation_without_a_moment_holds_for_ever;
            /// Of two moments the later one stays, whichever came first.
            revocation::the_later_moment_stays;
            /// A clock that is set back revives no token.
            revocation::a_clock_set_back_revives_no_token;
            /// Revocations survive a restart.
            revocation::revocations_survive_a_restart;
            /// Asked at the source, `is_revoked` knows at once what was revoked.
            source::the_source_knows_revoked_tokens;
            /// A hundred revocations at once are all kept.
            revocation::revocations_at_once_are_all_kept;
            /// Issuers and `jti` are any text.
            revocation_names::names_of_revoked_tokens_are_any_text;
            /// Issuers and `jti` that are alike are not the same.
            revocation_names::names_of_revoked_tokens_are_compared_exactly;
            /// Issuer and `jti` are two names, not one that they make together.
            revocation_names::names_of_revoked_tokens_are_not_joined;
        }
    };
}

/// The checks of sessions, for a macro. The quick ones come first.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_checks {
    ([$($then:tt)+] [$($argument:tt)*]) => {
        $($then)+! { [$($argument)*]
            /// An id that its subject has is an error; for others it is one, or names a session of their own.
            start::an_id_is_given_once;
            /// Of many starts with one id at once, one is kept.
            start::an_id_is_given_once_at_a_time;
            /// `state`: the tokens of a live session, also without `jti`.
            state::tokens_of_a_live_session_are_active;
            /// `state`: a token of no session.
            state::a_token_of_no_session_is_active_until_it_is_revoked;
            /// `state`: spent tokens, and looking at them ends nothing.
            state::spent_tokens_are_seen_and_nothing_changes;
            /// `state`: sessions that are unknown, have ended or are over.
            state::a_session_that_is_not_alive_says_so;
            /// A revoked access token leaves its session alive, and cannot touch it.
            state::a_revoked_access_token_leaves_its_session_alive;
            /// A revoked refresh token is revoked, and its session alive.
            state::a_revoked_refresh_token_says_so;
            /// `state` at the source: sessions that are alive, unknown, over, or another subject's.
            source::the_source_knows_every_session;
            /// `state` at the source: sessions that have ended, each way, and tokens of none that were cut off.
            source::the_source_knows_what_has_ended;
            /// `state` at the source: tokens that were revoked or spent.
            source::the_source_knows_revoked_and_spent_tokens;
            /// A session is alive one millisecond before its idle limit, and over at it.
            limits::a_session_is_over_at_its_idle_limit;
            /// A session is alive one millisecond before its absolute limit, and over at it.
            limits::a_session_is_over_at_its_absolute_limit;
            /// An exchange counts one millisecond before the limit, and not at it.
            limits::an_exchange_counts_until_the_limit;
            /// A limit may be thousands of years away.
            limits::a_session_can_live_for_long;
            /// `rotate`: an unknown session.
            rotation::an_unknown_session_gives_nothing;
            /// `rotate`: a session that has ended.
            rotation::an_ended_session_gives_nothing;
            /// `rotate`: a session that was cut off, with its subject or with everyone.
            rotation::a_cut_off_session_gives_nothing;
            /// `rotate`: a revoked token, the current one and the previous one.
            rotation::a_revoked_token_gives_nothing;
            /// `rotate`: a session over its idle or absolute limit.
            rotation::a_session_that_is_over_gives_nothing;
            /// `rotate`: the current token, many times in succession; the idle limit moves.
            rotation::the_current_token_is_exchanged;
            /// `rotate`: any other token is reuse and ends the session.
            rotation::any_other_token_ends_the_session;
            /// Exchanges within one millisecond or second are told apart.
            rotation::exchanges_of_one_moment_are_told_apart;
            /// No exchange moves the idle limit beyond the absolute one, whatever idle time it is given.
            rotation::no_exchange_goes_beyond_the_absolute_limit;
            /// A client that lost the reply presents its token again, and goes on with what it gets.
            grace::a_lost_reply_is_made_up_for;
            /// The previous token within grace gives the current one, and changes nothing.
            grace::grace_changes_nothing;
            /// Grace ends to the millisecond; the previous token is reuse from then on.
            grace::grace_ends;
            /// Neither exchanges nor touches nor looks move the window of grace.
            grace::grace_is_not_extended_by_use;
            /// The window goes by the distance in time: a clock set back a little is in it, one set back far is not.
            grace::grace_is_a_distance;
            /// The token before the previous one is reuse, however recent.
            grace::grace_is_for_one_token_only;
            /// A grace of zero is none, in the very millisecond.
            grace::no_grace_is_none;
            /// The longest grace there is overflows nothing.
            grace::grace_can_be_any_duration;
            /// `touch` moves the idle limit.
            touch::a_touch_moves_the_idle_limit;
            /// `touch` never moves the limit back.
            touch::a_touch_never_moves_the_limit_back;
            /// `touch` never moves the limit beyond the absolute one.
            touch::a_touch_never_goes_beyond_the_absolute_limit;
            /// `touch` revives nothing that has ended, was cut off or is over.
            touch::a_touch_revives_nothing;
            /// `touch` changes neither the current nor the previous token nor its grace.
            touch::a_touch_changes_no_token;
            /// A spent token touches nothing.
            touch::a_spent_token_touches_nothing;
            /// `end` of one session, and what it counts.
            end::one_session_ends_alone;
            /// `end` of all sessions of a subject; live ones are counted.
            end::all_sessions_of_a_subject_end;
            /// `end` of all sessions of a subject but one.
            end::all_sessions_but_one_end;
            /// What has ended is never alive again.
            end::what_has_ended_stays_so;
            /// Three hundred sessions of one subject are listed and ended.
            end::many_sessions_of_one_subject;
            /// A session that starts at a cutoff's moment stays, one that started a millisecond before does not.
            cutoff::sessions_are_cut_off_by_their_start;
            /// Tokens of no session go by their `iat`, the moment's second included.
            cutoff::tokens_of_no_session_are_cut_off_by_their_second;
            /// Tokens of a session go by its start, not by their `iat`.
            cutoff::tokens_of_a_session_are_cut_off_by_its_start;
            /// A cutoff is for one subject or for everyone, of one issuer.
            cutoff::a_cutoff_is_for_one_subject_or_for_everyone;
            /// A moment in the future also cuts off what starts after the call and before it.
            cutoff::a_cutoff_in_the_future_holds_until_then;
            /// An earlier moment changes no cutoff, and time does not either.
            cutoff::a_cutoff_stays;
            /// Live sessions are listed, the newest first, with label, last use and limit.
            listing::live_sessions_are_listed_newest_first;
            /// The order is that of the starts, to the millisecond, not of the calls.
            listing::the_order_is_that_of_the_starts;
            /// The list tells the nearer one of the two limits.
            listing::the_list_tells_the_nearer_limit;
            /// Sessions that were cut off are not listed.
            listing::sessions_that_were_cut_off_are_not_listed;
            /// Pages of any size have the list's sessions, in its order.
            pages::pages_are_the_list_in_parts;
            /// The last page says so, also where it is full, and the one of nothing.
            pages::the_last_page_says_so;
            /// A page has at most its limit, which is 1 to 1000.
            pages::a_page_has_at_most_its_limit;
            /// Sessions that started in one millisecond are on pages once each, in an order that stays.
            pages::sessions_of_one_start_are_all_on_pages;
            /// Whatever starts and ends between two pages, each session that lives is on one of them.
            pages::pages_have_each_session_once_whatever_changes;
            /// Sessions that have ended, are over or were cut off take no place on a page.
            pages::pages_have_live_sessions_only;
            /// Pages have one subject's sessions, whosever position they start behind.
            pages::pages_are_of_one_subject;
            /// A page starts behind a session whatever its id is.
            pages::positions_have_any_text;
            /// `states`: one answer for each token, in their order, whatever the states are.
            batch::a_batch_is_answered_in_its_order;
            /// `states` says what `state` says, with any grace and consistency.
            batch::a_batch_agrees_with_single_looks;
            /// `states`: no token, one, and more than are answered in one round trip.
            batch::a_batch_can_be_of_any_length;
            /// `states`: tokens that come several times.
            batch::a_token_can_be_in_a_batch_twice;
            /// `states`: tokens of sixty subjects at four issuers.
            batch::a_batch_is_of_many_subjects;
            /// `states`: another subject's or issuer's session is unknown.
            batch::a_batch_shows_nobody_else_s_sessions;
            /// `states` ends nothing and touches nothing.
            batch::a_batch_changes_nothing;
            /// `states` at the source: sessions that a copy need not know.
            batch::a_batch_goes_by_the_source_if_asked;
            /// `states`: issuers, subjects, session ids and `jti` are any text.
            batch::names_in_a_batch_are_any_text;
            /// Another subject's or issuer's session is unknown to `rotate`, and stays as it is.
            subjects::nobody_else_rotates;
            /// Another subject's or issuer's session is unknown to `state`, `touch` and `list`.
            subjects::nobody_else_sees_or_touches;
            /// Nobody ends another subject's or issuer's session.
            subjects::nobody_else_ends;
            /// A `jti` that is revoked at one issuer is not revoked at another.
            subjects::revocations_stay_at_their_issuer;
            /// Issuers, subjects, session ids, `jti` and labels are any text.
            names::names_are_any_text;
            /// The issuer may be empty, and so may the subject.
            names::issuers_and_subjects_may_be_empty;
            /// Issuers and subjects that are alike are not the same.
            names::subjects_are_compared_exactly;
            /// Session ids that are alike are not the same.
            names::sessions_are_compared_exactly;
            /// `jti` that are alike are not the same.
            names::tokens_are_compared_exactly;
            /// Issuer, subject and session id are names of their own, not one that they make together.
            names::names_are_not_joined;
            /// Live sessions stay alive when the clock is set back, and work.
            clock::a_clock_set_back_ends_nothing;
            /// What was done while the clock was set back ends no session once it is right again.
            clock::a_wrong_clock_shortens_nothing;
            /// Nothing that has ended is alive when the clock is set back.
            clock::a_clock_set_back_revives_nothing;
            /// Sessions can be ended while the clock is set back.
            clock::ending_works_while_the_clock_is_set_back;
            /// Nodes whose clocks differ a little serve one session by turns.
            clock::nodes_may_differ;
            /// Sessions, exchanges, touches and reuse survive a restart between any two steps.
            restart::exchanges_survive_a_restart;
            /// The window of grace survives a restart, and ends.
            restart::grace_ends_in_spite_of_a_restart;
            /// Ended sessions survive a restart as such.
            restart::ends_survive_a_restart;
            /// Cutoffs and revocations survive a restart.
            restart::cutoffs_and_revocations_survive_a_restart;
            /// Of a hundred exchanges of one token at once, one wins, and the session ends.
            races::one_of_many_exchanges_wins;
            /// Of two exchanges with one token on two threads, at the very same moment, one succeeds.
            races::exchanges_of_two_threads_have_one_winner;
            /// Of a hundred exchanges at once with grace, one wins, and all others give its token.
            races::with_grace_all_exchanges_give_one_token;
            /// A touch at once with an exchange undoes nothing of it.
            races::a_touch_undoes_no_exchange;
            /// `end` of one session at once with its exchanges.
            races_of_end::one_session_ends_in_use;
            /// `end` of all sessions of a subject at once with exchanges.
            races_of_end::all_sessions_end_in_use;
            /// `end` of all sessions but one at once with exchanges.
            races_of_end::all_sessions_but_one_end_in_use;
            /// A cutoff of one subject at once with exchanges.
            races_of_end::sessions_are_cut_off_in_use;
            /// A cutoff of everyone at once with exchanges.
            races_of_end::everyone_is_cut_off_in_use;
            /// `end` of twenty sessions at once with the exchanges of all of them.
            races_of_end::many_sessions_end_in_use;
            /// A touch at once with an end revives nothing.
            races_of_end::a_touch_undoes_no_end;
        }
    };
}
