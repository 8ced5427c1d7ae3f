//! The list of all checks, for macros. The compiler warns about a check that is missing here, because it is unused.

/// Passes the checks of revocation to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __revocation_checks {
    ([$($then:tt)+] [$($argument:tt)*]) => {
        $($then)+! { [$($argument)*]
            /// Only the token with that issuer and `jti` is revoked.
            revocation::only_the_revoked_token_is_revoked;
            /// Revoking a token without a `jti` is an error.
            revocation::a_token_without_jti_cannot_be_revoked;
            /// A revocation holds until the last millisecond before its `until`.
            revocation::a_revocation_holds_until_its_moment;
            /// A revocation without an `until` holds forever, whatever else the store forgets.
            revocation::a_revocation_without_a_moment_holds_for_ever;
            /// If a token is revoked twice, the later `until` applies, whichever came first.
            revocation::the_later_moment_stays;
            /// A revoked token stays revoked when the clock is set back.
            revocation::a_clock_set_back_revives_no_token;
            /// Revocations survive a restart.
            revocation::revocations_survive_a_restart;
            /// `is_revoked` at the source knows at once what was revoked.
            source::the_source_knows_revoked_tokens;
            /// A hundred concurrent revocations are all kept.
            revocation::revocations_at_once_are_all_kept;
            /// The issuer and `jti` of a revoked token can be any text.
            revocation_names::names_of_revoked_tokens_are_any_text;
            /// The store compares issuers and `jti`s exactly.
            revocation_names::names_of_revoked_tokens_are_compared_exactly;
            /// The store does not concatenate issuer and `jti`.
            revocation_names::names_of_revoked_tokens_are_not_joined;
        }
    };
}

/// Passes the checks of sessions to a macro. The fast ones come first.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_checks {
    ([$($then:tt)+] [$($argument:tt)*]) => {
        $($then)+! { [$($argument)*]
            /// Starting a session with an id that its subject already has is an error. For another subject, it is an
            /// error or a separate session.
            start::an_id_is_given_once;
            /// Of many concurrent starts with one id, exactly one is kept.
            start::an_id_is_given_once_at_a_time;
            /// `state` of the tokens of a live session is `Active`, even without a `jti`.
            state::tokens_of_a_live_session_are_active;
            /// `state` of a token without a session is `Active` until it is revoked.
            state::a_token_of_no_session_is_active_until_it_is_revoked;
            /// `state` of a spent token is `Spent`, and the lookup changes nothing.
            state::spent_tokens_are_seen_and_nothing_changes;
            /// `state` of an unknown, ended or expired session.
            state::a_session_that_is_not_alive_says_so;
            /// A revoked access token does not end its session, and cannot touch it.
            state::a_revoked_access_token_leaves_its_session_alive;
            /// A revoked refresh token is `Revoked`, and its session stays live.
            state::a_revoked_refresh_token_says_so;
            /// `state` at the source knows live, unknown and expired sessions, and sessions of another subject.
            source::the_source_knows_every_session;
            /// `state` at the source knows sessions that have ended in any way, and tokens without a session that were
            /// cut off.
            source::the_source_knows_what_has_ended;
            /// `state` at the source knows revoked and spent tokens.
            source::the_source_knows_revoked_and_spent_tokens;
            /// A session is live one millisecond before its idle limit, and expired at the limit.
            limits::a_session_is_over_at_its_idle_limit;
            /// A session is live one millisecond before its absolute limit, and expired at the limit.
            limits::a_session_is_over_at_its_absolute_limit;
            /// A rotation succeeds one millisecond before the limit, and fails at the limit.
            limits::an_exchange_counts_until_the_limit;
            /// A limit can be thousands of years away.
            limits::a_session_can_live_for_long;
            /// `rotate` with an unknown session.
            rotation::an_unknown_session_gives_nothing;
            /// `rotate` with a session that has ended.
            rotation::an_ended_session_gives_nothing;
            /// `rotate` with a session that was cut off, by a cutoff for its subject or for everyone.
            rotation::a_cut_off_session_gives_nothing;
            /// `rotate` with a revoked token: the current one and the previous one.
            rotation::a_revoked_token_gives_nothing;
            /// `rotate` with a session that has passed its idle or absolute limit.
            rotation::a_session_that_is_over_gives_nothing;
            /// `rotate` with the current token, many times in a row. The idle limit moves.
            rotation::the_current_token_is_exchanged;
            /// `rotate` with any other token is reuse, and ends the session.
            rotation::any_other_token_ends_the_session;
            /// Rotations within one millisecond or one second are distinguished.
            rotation::exchanges_of_one_moment_are_told_apart;
            /// No rotation moves the idle limit past the absolute limit, however long its idle time is.
            rotation::no_exchange_goes_beyond_the_absolute_limit;
            /// A client that has lost a reply presents its token again, and continues with the token that it receives.
            grace::a_lost_reply_is_made_up_for;
            /// The previous token within the grace period yields the current one, and changes nothing.
            grace::grace_changes_nothing;
            /// The grace period ends to the millisecond. After that, the previous token is reuse.
            grace::grace_ends;
            /// Rotations, touches and lookups do not extend the grace period.
            grace::grace_is_not_extended_by_use;
            /// The grace period is a distance in either direction: it includes a clock set back a little, but not one
            /// set back far.
            grace::grace_is_a_distance;
            /// The token before the previous one is reuse, however recent it is.
            grace::grace_is_for_one_token_only;
            /// With a grace of zero, the previous token is reuse even in the same millisecond.
            grace::no_grace_is_none;
            /// The longest possible grace does not overflow.
            grace::grace_can_be_any_duration;
            /// `touch` moves the idle limit.
            touch::a_touch_moves_the_idle_limit;
            /// `touch` never moves the idle limit back.
            touch::a_touch_never_moves_the_limit_back;
            /// `touch` never moves the idle limit past the absolute limit.
            touch::a_touch_never_goes_beyond_the_absolute_limit;
            /// `touch` does not revive a session that has ended, was cut off or has expired.
            touch::a_touch_revives_nothing;
            /// `touch` changes neither the current token, nor the previous one, nor the grace period.
            touch::a_touch_changes_no_token;
            /// `touch` with a spent token changes nothing.
            touch::a_spent_token_touches_nothing;
            /// `end` of one session ends only that session, and counts it if it was live.
            end::one_session_ends_alone;
            /// `end` of all sessions of a subject counts the live ones.
            end::all_sessions_of_a_subject_end;
            /// `end` of all sessions of a subject except one.
            end::all_sessions_but_one_end;
            /// A session that has ended is never live again.
            end::what_has_ended_stays_so;
            /// Three hundred sessions of one subject are listed and ended.
            end::many_sessions_of_one_subject;
            /// A session that starts at the moment of a cutoff stays. One that started a millisecond earlier ends.
            cutoff::sessions_are_cut_off_by_their_start;
            /// Tokens without a session are cut off by their `iat`, including the second of the moment.
            cutoff::tokens_of_no_session_are_cut_off_by_their_second;
            /// Tokens of a session are cut off by the start of the session, not by their `iat`.
            cutoff::tokens_of_a_session_are_cut_off_by_its_start;
            /// A cutoff applies to one subject or to everyone, at one issuer.
            cutoff::a_cutoff_is_for_one_subject_or_for_everyone;
            /// A cutoff in the future also applies to sessions that start after the call and before the moment.
            cutoff::a_cutoff_in_the_future_holds_until_then;
            /// Neither an earlier moment nor the passage of time removes a cutoff.
            cutoff::a_cutoff_stays;
            /// `list` returns the live sessions, newest first, with label, last use and limit.
            listing::live_sessions_are_listed_newest_first;
            /// The order of `list` is the order of the starts, to the millisecond, not that of the calls.
            listing::the_order_is_that_of_the_starts;
            /// `list` returns the earlier of the two limits.
            listing::the_list_tells_the_nearer_limit;
            /// `list` omits sessions that were cut off.
            listing::sessions_that_were_cut_off_are_not_listed;
            /// Pages of any size contain the sessions of the list, in its order.
            pages::pages_are_the_list_in_parts;
            /// The last page has no `next`, even if it is full or empty.
            pages::the_last_page_says_so;
            /// A page has at most as many sessions as its limit, which is clamped to 1 to 1000.
            pages::a_page_has_at_most_its_limit;
            /// Sessions that started in the same millisecond appear on the pages once each, in a stable order.
            pages::sessions_of_one_start_are_all_on_pages;
            /// A session that stays live appears on exactly one page, whatever starts and ends between two pages.
            pages::pages_have_each_session_once_whatever_changes;
            /// Sessions that have ended, have expired or were cut off take no place on a page.
            pages::pages_have_live_sessions_only;
            /// Pages contain the sessions of one subject, even after the position of another subject's session.
            pages::pages_are_of_one_subject;
            /// The id in a position can be any text.
            pages::positions_have_any_text;
            /// `states` returns one state per token, in the order of the request.
            batch::a_batch_is_answered_in_its_order;
            /// `states` agrees with `state`, for any grace and consistency.
            batch::a_batch_agrees_with_single_looks;
            /// `states` of no token, of one, and of more than fit in one round trip.
            batch::a_batch_can_be_of_any_length;
            /// `states` with repeated tokens.
            batch::a_token_can_be_in_a_batch_twice;
            /// `states` of the tokens of sixty subjects at four issuers.
            batch::a_batch_is_of_many_subjects;
            /// `states` treats a session of another subject or issuer as unknown.
            batch::a_batch_shows_nobody_else_s_sessions;
            /// `states` ends nothing and touches nothing.
            batch::a_batch_changes_nothing;
            /// `states` at the source knows sessions that a copy need not know.
            batch::a_batch_goes_by_the_source_if_asked;
            /// Issuers, subjects, session ids and `jti`s in a batch can be any text.
            batch::names_in_a_batch_are_any_text;
            /// `rotate` treats a session of another subject or issuer as unknown, and does not change it.
            subjects::nobody_else_rotates;
            /// `state`, `touch` and `list` treat a session of another subject or issuer as unknown.
            subjects::nobody_else_sees_or_touches;
            /// `end` does not end a session of another subject or issuer.
            subjects::nobody_else_ends;
            /// A `jti` that is revoked at one issuer is not revoked at another.
            subjects::revocations_stay_at_their_issuer;
            /// Issuers, subjects, session ids, `jti`s and labels can be any text.
            names::names_are_any_text;
            /// The issuer and the subject can be empty.
            names::issuers_and_subjects_may_be_empty;
            /// The store compares issuers and subjects exactly.
            names::subjects_are_compared_exactly;
            /// The store compares session ids exactly.
            names::sessions_are_compared_exactly;
            /// The store compares `jti`s exactly.
            names::tokens_are_compared_exactly;
            /// The store does not concatenate issuer, subject and session id.
            names::names_are_not_joined;
            /// Live sessions stay live and usable when the clock is set back.
            clock::a_clock_set_back_ends_nothing;
            /// A use while the clock is set back does not shorten a session once the clock is right again.
            clock::a_wrong_clock_shortens_nothing;
            /// A session that has ended stays ended when the clock is set back.
            clock::a_clock_set_back_revives_nothing;
            /// Sessions can be ended while the clock is set back.
            clock::ending_works_while_the_clock_is_set_back;
            /// Nodes whose clocks differ a little can serve one session in turn.
            clock::nodes_may_differ;
            /// Sessions, rotations, touches and reuse survive a restart between any two steps.
            restart::exchanges_survive_a_restart;
            /// The grace period survives a restart, and still ends.
            restart::grace_ends_in_spite_of_a_restart;
            /// Ended sessions stay ended after a restart.
            restart::ends_survive_a_restart;
            /// Cutoffs and revocations survive a restart.
            restart::cutoffs_and_revocations_survive_a_restart;
            /// Of a hundred concurrent rotations of one token, one succeeds, and the session ends.
            races::one_of_many_exchanges_wins;
            /// Of two rotations of one token on two threads at the same moment, one succeeds.
            races::exchanges_of_two_threads_have_one_winner;
            /// Of a hundred concurrent rotations with grace, one succeeds, and all others yield its token.
            races::with_grace_all_exchanges_give_one_token;
            /// A touch does not undo a concurrent rotation.
            races::a_touch_undoes_no_exchange;
            /// `end` of one session, concurrent with its rotations.
            races_of_end::one_session_ends_in_use;
            /// `end` of all sessions of a subject, concurrent with rotations.
            races_of_end::all_sessions_end_in_use;
            /// `end` of all sessions except one, concurrent with rotations.
            races_of_end::all_sessions_but_one_end_in_use;
            /// A cutoff for one subject, concurrent with rotations.
            races_of_end::sessions_are_cut_off_in_use;
            /// A cutoff for everyone, concurrent with rotations.
            races_of_end::everyone_is_cut_off_in_use;
            /// `end` of twenty sessions, concurrent with the rotations of all of them.
            races_of_end::many_sessions_end_in_use;
            /// A touch does not revive a session that ends concurrently.
            races_of_end::a_touch_undoes_no_end;
        }
    };
}
