//! The list of all checks, for macros. The compiler warns about a check that is missing here, because it is unused.

/// Passes the revocation checks to a macro.
#[doc(hidden)]
#[macro_export]
macro_rules! __revocation_checks {
    ([$($then:tt)+] [$($argument:tt)*]) => {
        $($then)+! { [$($argument)*]
            /// Only the token with that issuer and `jti` is revoked.
            revocation::only_the_revoked_token_is_revoked;
            /// Revoking a token without a `jti` returns an error.
            revocation::a_token_without_jti_cannot_be_revoked;
            /// A revocation is in effect until the last millisecond before its `until`.
            revocation::a_revocation_holds_until_its_moment;
            /// A revocation without an `until` is in effect forever, even if the store forgets other data.
            revocation::a_revocation_without_a_moment_holds_for_ever;
            /// If a token is revoked twice, the later `until` applies, in either order.
            revocation::the_later_moment_stays;
            /// A revoked token stays revoked when the clock is set back.
            revocation::a_clock_set_back_revives_no_token;
            /// Revocations survive a restart.
            revocation::revocations_survive_a_restart;
            /// `is_revoked` at the source finds a revoked token immediately.
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

/// Passes the session checks to a macro. The fast ones come first.
#[doc(hidden)]
#[macro_export]
macro_rules! __session_checks {
    ([$($then:tt)+] [$($argument:tt)*]) => {
        $($then)+! { [$($argument)*]
            /// Starting a session with an id that its subject already has returns an error. For a different subject, it
            /// returns an error or creates a separate session.
            start::an_id_is_given_once;
            /// Of many concurrent starts with one id, exactly one is kept.
            start::an_id_is_given_once_at_a_time;
            /// At its limit, a start ends the session of the subject that was unused for longest, and names it. The tokens
            /// of that session are rejected.
            subject_limit::a_limit_ends_what_was_unused_for_longest;
            /// Sessions that have expired, have ended, or were cut off do not count, and end first.
            subject_limit::a_limit_ends_expired_sessions_first;
            /// A limit can reject: the start returns `LimitReached`, and no session changes.
            subject_limit::a_limit_can_reject;
            /// A limit applies to one subject of one issuer.
            subject_limit::a_limit_is_of_one_subject;
            /// A start with a limit ends all sessions beyond it, even if there are many more.
            subject_limit::a_new_limit_ends_the_whole_surplus;
            /// Of forty concurrent starts with a limit, as many sessions stay as the limit allows, no more and no fewer.
            subject_limit::a_limit_holds_in_a_race;
            /// `state` returns `Active` for the tokens of a live session, even if they have no `jti`.
            state::tokens_of_a_live_session_are_active;
            /// `state` returns `Active` for a token without a session until it is revoked.
            state::a_token_of_no_session_is_active_until_it_is_revoked;
            /// `state` returns `Spent` for a spent token, and changes nothing.
            state::spent_tokens_are_seen_and_nothing_changes;
            /// `state` returns the matching state for an unknown, ended, or expired session.
            state::a_session_that_is_not_alive_says_so;
            /// A revoked access token does not end its session, and cannot touch it.
            state::a_revoked_access_token_leaves_its_session_alive;
            /// `state` returns `Revoked` for a revoked refresh token. Its session stays live.
            state::a_revoked_refresh_token_says_so;
            /// `state` at the source is correct for live, unknown, and expired sessions, and for another subject's
            /// session.
            source::the_source_knows_every_session;
            /// `state` at the source is correct for sessions that were ended in any way, and for tokens without a
            /// session that were cut off.
            source::the_source_knows_what_has_ended;
            /// `state` at the source is correct for revoked and spent tokens.
            source::the_source_knows_revoked_and_spent_tokens;
            /// A session is live one millisecond before its idle limit, and expired at the limit.
            limits::a_session_is_over_at_its_idle_limit;
            /// A session is live one millisecond before its absolute limit, and expired at the limit.
            limits::a_session_is_over_at_its_absolute_limit;
            /// A rotation succeeds one millisecond before the limit, and fails at the limit.
            limits::an_exchange_counts_until_the_limit;
            /// A limit can be thousands of years away.
            limits::a_session_can_live_for_long;
            /// `rotate` returns `Unknown` for an unknown session.
            rotation::an_unknown_session_gives_nothing;
            /// `rotate` returns `Revoked` for a session that has ended.
            rotation::an_ended_session_gives_nothing;
            /// `rotate` returns `Revoked` for a session that was cut off by a cutoff for its subject or for everyone.
            rotation::a_cut_off_session_gives_nothing;
            /// `rotate` returns `Revoked` if the current token or the previous token is revoked.
            rotation::a_revoked_token_gives_nothing;
            /// `rotate` returns `Expired` for a session that has passed its idle or absolute limit.
            rotation::a_session_that_is_over_gives_nothing;
            /// `rotate` exchanges the current token many times in a row, and moves the idle limit.
            rotation::the_current_token_is_exchanged;
            /// `rotate` treats any other token as reuse, and ends the session.
            rotation::any_other_token_ends_the_session;
            /// `rotate` distinguishes rotations that happen within one millisecond or one second.
            rotation::exchanges_of_one_moment_are_told_apart;
            /// No rotation moves the idle limit past the absolute limit, even with a very long idle time.
            rotation::no_exchange_goes_beyond_the_absolute_limit;
            /// A client that did not receive a response presents its token again, and continues with the token that it
            /// receives.
            grace::a_lost_reply_is_made_up_for;
            /// The previous token within the grace period yields the current one, and changes nothing.
            grace::grace_changes_nothing;
            /// The grace period ends at the exact millisecond. After that, the previous token is reuse.
            grace::grace_ends;
            /// Rotations, touches, and lookups do not extend the grace period.
            grace::grace_is_not_extended_by_use;
            /// The grace period applies in both directions: it allows for a clock that is set back a little, but not
            /// for one that is set back far.
            grace::grace_is_a_distance;
            /// `rotate` treats the token before the previous one as reuse, even within the grace period.
            grace::grace_is_for_one_token_only;
            /// With a grace of zero, the previous token is reuse even in the same millisecond.
            grace::no_grace_is_none;
            /// Uses within grace are counted if they follow rotations in a row, once for each rotation.
            grace::uses_in_a_row_are_counted;
            /// The longest possible grace does not overflow.
            grace::grace_can_be_any_duration;
            /// With `keep`, the current token stays the current one for that long after its rotation, so clients that
            /// share it never present the token before the previous one within the grace period.
            grace::clients_that_share_a_token_keep_it;
            /// `rotate` exchanges the first token of a session at once, even with `keep`.
            grace::the_first_token_is_never_kept;
            /// `keep` ends at the exact millisecond, counted from the rotation. Uses and touches do not extend it.
            grace::keep_ends;
            /// `keep` applies in both directions: it allows for a clock that is set back a little, but not for one that
            /// is set back far.
            grace::keep_is_a_distance;
            /// `Kept` sets the last use and moves the idle limit, up to the absolute limit. It changes nothing else.
            grace::a_kept_token_is_a_use;
            /// `Kept` neither counts as a use within grace, nor changes the count.
            grace::keep_counts_nothing;
            /// `touch` moves the idle limit.
            touch::a_touch_moves_the_idle_limit;
            /// `touch` never moves the idle limit back.
            touch::a_touch_never_moves_the_limit_back;
            /// `touch` never moves the idle limit past the absolute limit.
            touch::a_touch_never_goes_beyond_the_absolute_limit;
            /// `touch` does not revive a session that has ended, was cut off, or has expired.
            touch::a_touch_revives_nothing;
            /// `touch` does not change the current token, the previous token, or the grace period.
            touch::a_touch_changes_no_token;
            /// `touch` with a spent token changes nothing.
            touch::a_spent_token_touches_nothing;
            /// Ending one session ends only that session, and counts it if it was live.
            end::one_session_ends_alone;
            /// Ending all sessions of a subject counts the live ones.
            end::all_sessions_of_a_subject_end;
            /// Ending all sessions of a subject except one keeps that session live.
            end::all_sessions_but_one_end;
            /// A session that has ended is never live again.
            end::what_has_ended_stays_so;
            /// Three hundred sessions of one subject can be listed and ended.
            end::many_sessions_of_one_subject;
            /// A session that starts at the time of a cutoff stays live. One that started a millisecond earlier ends.
            cutoff::sessions_are_cut_off_by_their_start;
            /// Whether a cutoff applies to a token without a session depends on its `iat`. It applies to the second of
            /// the cutoff.
            cutoff::tokens_of_no_session_are_cut_off_by_their_second;
            /// Whether a cutoff applies to a session's tokens depends on the session's start, not on their `iat`.
            cutoff::tokens_of_a_session_are_cut_off_by_its_start;
            /// A cutoff applies to one subject or to everyone, for one issuer.
            cutoff::a_cutoff_is_for_one_subject_or_for_everyone;
            /// A cutoff in the future also applies to sessions that start after the call and before the cutoff's time.
            cutoff::a_cutoff_in_the_future_holds_until_then;
            /// Neither an earlier cutoff nor the passage of time removes a cutoff.
            cutoff::a_cutoff_stays;
            /// `list` returns the live sessions, newest first, each with its label, last use, and limit.
            listing::live_sessions_are_listed_newest_first;
            /// `list` orders sessions by start, to the millisecond, not by the order of the calls.
            listing::the_order_is_that_of_the_starts;
            /// `list` returns the time of the last rotation, which touches and uses within grace do not change.
            listing::the_list_tells_the_last_rotation;
            /// `list` returns the earlier of the two limits.
            listing::the_list_tells_the_nearer_limit;
            /// `list` omits sessions that were cut off.
            listing::sessions_that_were_cut_off_are_not_listed;
            /// Pages of any size contain the sessions of the list, in the same order.
            pages::pages_are_the_list_in_parts;
            /// The last page has no `next`, even if it is full or empty.
            pages::the_last_page_says_so;
            /// A page has at most as many sessions as its limit, which is clamped to 1 to 1000.
            pages::a_page_has_at_most_its_limit;
            /// Sessions that started in the same millisecond appear on the pages once each, in a stable order.
            pages::sessions_of_one_start_are_all_on_pages;
            /// A session that stays live appears on exactly one page, even if other sessions start or end between two
            /// pages.
            pages::pages_have_each_session_once_whatever_changes;
            /// Pages do not contain sessions that have ended, have expired, or were cut off.
            pages::pages_have_live_sessions_only;
            /// Pages contain only one subject's sessions, even after the position of another subject's session.
            pages::pages_are_of_one_subject;
            /// The id in a position can be any text.
            pages::positions_have_any_text;
            /// `states` returns one state per token, in the order of the request.
            batch::a_batch_is_answered_in_its_order;
            /// `states` agrees with `state`, for any grace and consistency.
            batch::a_batch_agrees_with_single_looks;
            /// `states` accepts no tokens, one token, and more tokens than fit in one round trip.
            batch::a_batch_can_be_of_any_length;
            /// `states` accepts repeated tokens.
            batch::a_token_can_be_in_a_batch_twice;
            /// `states` accepts tokens of sixty subjects and four issuers.
            batch::a_batch_is_of_many_subjects;
            /// `states` treats the session of a different subject or issuer as unknown.
            batch::a_batch_shows_nobody_else_s_sessions;
            /// `states` ends nothing and touches nothing.
            batch::a_batch_changes_nothing;
            /// `states` at the source is correct for sessions that a copy need not contain.
            batch::a_batch_goes_by_the_source_if_asked;
            /// Issuers, subjects, session ids, and `jti`s in a batch can be any text.
            batch::names_in_a_batch_are_any_text;
            /// `rotate` treats the session of a different subject or issuer as unknown, and does not change it.
            subjects::nobody_else_rotates;
            /// `state`, `touch`, and `list` treat the session of a different subject or issuer as unknown.
            subjects::nobody_else_sees_or_touches;
            /// `end` does not end the session of a different subject or issuer.
            subjects::nobody_else_ends;
            /// A `jti` that is revoked for one issuer is not revoked for a different issuer.
            subjects::revocations_stay_at_their_issuer;
            /// Issuers, subjects, session ids, `jti`s, and labels can be any text.
            names::names_are_any_text;
            /// The issuer and the subject can be empty.
            names::issuers_and_subjects_may_be_empty;
            /// The store compares issuers and subjects exactly.
            names::subjects_are_compared_exactly;
            /// The store compares session ids exactly.
            names::sessions_are_compared_exactly;
            /// The store compares `jti`s exactly.
            names::tokens_are_compared_exactly;
            /// The store does not concatenate issuer, subject, and session id.
            names::names_are_not_joined;
            /// Live sessions stay live when the clock is set back.
            clock::a_clock_set_back_ends_nothing;
            /// A use while the clock is set back does not shorten a session after the clock is corrected.
            clock::a_wrong_clock_shortens_nothing;
            /// A session that has ended stays ended when the clock is set back.
            clock::a_clock_set_back_revives_nothing;
            /// Sessions can be ended while the clock is set back.
            clock::ending_works_while_the_clock_is_set_back;
            /// Nodes with slightly different clocks can take turns with the same session.
            clock::nodes_may_differ;
            /// A session that seems to start in the future ends with a cutoff that is made now.
            clock::sessions_of_a_fast_clock_are_cut_off;
            /// Sessions, rotations, touches, and reuse survive a restart between any two steps.
            restart::exchanges_survive_a_restart;
            /// The grace period survives a restart, and ends on time.
            restart::grace_ends_in_spite_of_a_restart;
            /// The count of uses within grace survives a restart.
            restart::uses_in_a_row_survive_a_restart;
            /// Ended sessions stay ended after a restart.
            restart::ends_survive_a_restart;
            /// Cutoffs and revocations survive a restart.
            restart::cutoffs_and_revocations_survive_a_restart;
            /// Of a hundred concurrent rotations of one token, one succeeds, and the session ends.
            races::one_of_many_exchanges_wins;
            /// Of two rotations of one token on two threads at the same time, one succeeds.
            races::exchanges_of_two_threads_have_one_winner;
            /// Of a hundred concurrent rotations with grace, one succeeds, and all others return its token.
            races::with_grace_all_exchanges_give_one_token;
            /// A touch does not undo a concurrent rotation.
            races::a_touch_undoes_no_exchange;
            /// Ending one session works while the session is being rotated.
            races_of_end::one_session_ends_in_use;
            /// Ending all sessions of a subject works while they are being rotated.
            races_of_end::all_sessions_end_in_use;
            /// Ending all sessions except one works while they are being rotated.
            races_of_end::all_sessions_but_one_end_in_use;
            /// A cutoff for one subject works while its sessions are being rotated.
            races_of_end::sessions_are_cut_off_in_use;
            /// A cutoff for everyone works while sessions are being rotated.
            races_of_end::everyone_is_cut_off_in_use;
            /// Ending twenty sessions works while all of them are being rotated.
            races_of_end::many_sessions_end_in_use;
            /// A touch does not revive a session that ends concurrently.
            races_of_end::a_touch_undoes_no_end;
        }
    };
}
