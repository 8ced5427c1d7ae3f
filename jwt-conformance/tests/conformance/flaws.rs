//! Every flaw is found, by each check that covers it.

use jwt_conformance::{checks, run_all};

use crate::flaw::Flaw;
use crate::reference::Opened;

/// Returns the message of a check on a store with a flaw.
pub(crate) async fn verdict(check: impl Future<Output = ()> + Send + 'static) -> String {
    let panic = tokio::spawn(check).await.expect_err("the flaw is found").into_panic();
    *panic.downcast().expect("a sentence")
}

macro_rules! flaws {
    ($($flaw:ident: $name:ident fails $($check:ident),+;)+) => {$(
        #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
        async fn $name() {
            const WRONG: Opened = Opened(Some(Flaw::$flaw));
            $(
                let said = verdict(checks::$check(&WRONG)).await;
                assert!(said.starts_with(concat!(stringify!($check), ": ")), "{said}");
            )+
        }
    )+};
}

flaws! {
    ForgetsWhatIsForEver: a_purge_that_forgets_what_is_for_ever fails a_revocation_without_a_moment_holds_for_ever;
    ShorterMomentWins: a_shorter_moment_that_overwrites fails the_later_moment_stays, revocations_at_once_are_all_kept;
    JoinsNames: names_that_are_joined fails names_of_revoked_tokens_are_not_joined, names_are_not_joined;
    ReadsThenWrites: an_exchange_that_reads_and_then_writes fails one_of_many_exchanges_wins,
        with_grace_all_exchanges_give_one_token, one_session_ends_in_use, all_sessions_end_in_use;
    OrdersBySeconds: tokens_in_the_order_of_seconds fails exchanges_of_one_moment_are_told_apart;
    ReuseEndsNothing: reuse_that_ends_nothing fails any_other_token_ends_the_session, one_of_many_exchanges_wins;
    ExchangesWhatHasEnded: an_exchange_of_what_has_ended fails an_ended_session_gives_nothing,
        a_cut_off_session_gives_nothing, one_of_many_exchanges_wins;
    ExchangesWhatIsRevoked: an_exchange_of_what_is_revoked fails a_revoked_token_gives_nothing;
    SlidesBeyondTheLimit: an_exchange_that_goes_beyond_the_absolute_limit fails
        no_exchange_goes_beyond_the_absolute_limit, a_session_that_is_over_gives_nothing, the_list_tells_the_nearer_limit,
        a_kept_token_is_a_use;
    SlidesBack: an_exchange_by_a_wrong_clock_that_shortens fails a_wrong_clock_shortens_nothing, keep_is_a_distance;
    GraceExtendedByUse: grace_that_use_extends fails grace_is_not_extended_by_use;
    GraceExtendedByTouch: grace_that_a_touch_extends fails grace_is_not_extended_by_use, a_touch_changes_no_token;
    GraceForAnyEarlier: grace_for_any_earlier_token fails grace_is_for_one_token_only,
        spent_tokens_are_seen_and_nothing_changes, any_other_token_ends_the_session;
    GraceWhenSetBack: grace_whenever_the_clock_is_set_back fails grace_is_a_distance;
    GraceChangesTheSession: grace_that_changes_the_session fails grace_changes_nothing;
    GraceCountedEachTime: grace_that_counts_each_use fails uses_in_a_row_are_counted;
    GraceCountReset: grace_whose_count_any_rotation_resets fails uses_in_a_row_are_counted,
        uses_in_a_row_survive_a_restart;
    GraceCountKept: grace_whose_count_no_rotation_resets fails uses_in_a_row_are_counted;
    KeepIgnored: a_store_that_keeps_nothing fails clients_that_share_a_token_keep_it, keep_ends, keep_is_a_distance,
        a_kept_token_is_a_use, keep_counts_nothing;
    KeepForgetsPrevious: keep_that_forgets_the_previous_token fails clients_that_share_a_token_keep_it;
    KeepOfTheFirst: keep_of_the_first_token fails the_first_token_is_never_kept;
    KeepExtendedByUse: keep_that_use_extends fails clients_that_share_a_token_keep_it, keep_ends, a_kept_token_is_a_use;
    KeepWhenSetBack: keep_whenever_the_clock_is_set_back fails keep_is_a_distance;
    KeepIsNoUse: keep_that_is_not_a_use fails a_kept_token_is_a_use;
    KeepCounted: keep_that_is_counted fails keep_counts_nothing;
    KeepClearsTheCount: keep_that_clears_the_count fails keep_counts_nothing;
    LookingEnds: a_look_that_ends_a_session fails spent_tokens_are_seen_and_nothing_changes;
    TouchRevives: a_touch_that_revives fails a_touch_revives_nothing;
    TouchWritesAll: a_touch_that_reads_and_then_writes fails a_touch_undoes_no_exchange, a_touch_undoes_no_end;
    TouchMovesBack: a_touch_that_moves_back fails a_touch_never_moves_the_limit_back;
    TouchGoesBeyond: a_touch_that_goes_beyond_the_absolute_limit fails a_touch_never_goes_beyond_the_absolute_limit;
    LimitIncluded: a_session_that_is_alive_at_its_limit fails a_session_is_over_at_its_idle_limit,
        a_session_is_over_at_its_absolute_limit, an_exchange_counts_until_the_limit;
    EndMissesExchanged: an_end_that_misses_what_is_exchanged fails one_session_ends_in_use, all_sessions_end_in_use,
        all_sessions_but_one_end_in_use, many_sessions_end_in_use;
    EndCountsTheDead: an_end_that_counts_the_dead fails one_session_ends_alone, all_sessions_of_a_subject_end;
    EndedByTime: an_end_that_goes_by_the_time fails what_has_ended_stays_so, a_clock_set_back_revives_nothing;
    CutoffWithoutItsSecond: a_cutoff_without_its_second fails tokens_of_no_session_are_cut_off_by_their_second;
    CutoffForgotten: a_cutoff_that_is_not_kept fails a_cutoff_in_the_future_holds_until_then;
    CutoffByIssue: a_cutoff_by_the_token_s_issue fails tokens_of_a_session_are_cut_off_by_its_start;
    EarlierCutoffWins: an_earlier_cutoff_that_overwrites fails a_cutoff_stays;
    CutoffSparesTheFuture: a_cutoff_that_spares_what_starts_in_the_future fails sessions_of_a_fast_clock_are_cut_off;
    CutoffEndsTheFuture: an_old_cutoff_that_ends_what_starts_in_the_future fails
        sessions_of_a_fast_clock_are_cut_off;
    IgnoresSubject: subjects_that_are_not_compared fails nobody_else_rotates, nobody_else_sees_or_touches, nobody_else_ends,
        an_id_is_given_once;
    IgnoresCase: subjects_that_are_compared_without_case fails subjects_are_compared_exactly;
    IdTakenTwice: an_id_that_is_taken_twice fails an_id_is_given_once, an_id_is_given_once_at_a_time;
    IdTakenFromOthers: an_id_that_is_taken_from_others fails an_id_is_given_once;
    OldestFirst: a_list_with_the_oldest_first fails live_sessions_are_listed_newest_first, the_order_is_that_of_the_starts;
    RotatedByTouch: a_list_in_which_a_touch_is_a_rotation fails the_list_tells_the_last_rotation;
    LimitIgnored: a_limit_that_is_ignored fails a_limit_ends_what_was_unused_for_longest, a_limit_can_reject,
        a_limit_is_of_one_subject, a_new_limit_ends_the_whole_surplus, a_limit_holds_in_a_race;
    LimitByStart: a_limit_that_ends_the_oldest fails a_limit_ends_what_was_unused_for_longest,
        a_new_limit_ends_the_whole_surplus;
    LimitCountsTheDead: a_limit_that_counts_the_dead fails a_limit_ends_expired_sessions_first, a_limit_can_reject;
    LimitEndsOne: a_limit_that_ends_one_session_at_most fails a_new_limit_ends_the_whole_surplus;
    LimitNotAtomic: a_limit_that_reads_and_then_writes fails a_limit_holds_in_a_race;
    LimitOfNamesakes: a_limit_for_namesakes_of_other_issuers fails a_limit_is_of_one_subject;
    LimitNamesNothing: a_limit_that_does_not_say_what_it_ended fails a_limit_ends_what_was_unused_for_longest;
    LimitKeepsTokens: a_limit_that_names_what_it_does_not_end fails a_limit_ends_what_was_unused_for_longest,
        a_limit_holds_in_a_race;
    RejectionWithoutItsError: a_rejection_with_another_error fails a_limit_can_reject, a_limit_holds_in_a_race;
    RejectionEvicts: a_rejection_that_ends_sessions fails a_limit_can_reject, a_limit_holds_in_a_race;
    PageWithoutTies: pages_without_what_started_at_once fails sessions_of_one_start_are_all_on_pages, positions_have_any_text;
    PageRepeats: pages_that_repeat_their_last_session fails pages_are_the_list_in_parts, the_last_page_says_so;
    PageNeverLast: pages_that_never_end fails the_last_page_says_so, a_page_has_at_most_its_limit;
    PageWithoutBounds: pages_of_any_length fails a_page_has_at_most_its_limit;
    PageCountsTheDead: pages_on_which_the_dead_have_a_place fails pages_have_live_sessions_only;
    PageNeedsItsSession: pages_that_start_anew_behind_an_ended_session fails
        pages_have_each_session_once_whatever_changes;
    PageOfAnyone: pages_with_sessions_of_anyone fails pages_are_of_one_subject;
    BatchReversed: a_batch_in_another_order fails a_batch_is_answered_in_its_order, a_batch_agrees_with_single_looks,
        a_batch_can_be_of_any_length;
    BatchOnceEach: a_batch_with_one_answer_for_each_token fails a_token_can_be_in_a_batch_twice;
    BatchOfOneSubject: a_batch_of_one_subject fails a_batch_is_of_many_subjects, a_batch_is_answered_in_its_order;
    BatchCutShort: a_batch_that_is_cut_short fails a_batch_can_be_of_any_length;
    BatchWithoutGrace: a_batch_without_grace fails a_batch_agrees_with_single_looks, a_batch_is_answered_in_its_order;
    BatchIgnoresSubject: a_batch_that_ignores_subjects fails a_batch_shows_nobody_else_s_sessions;
    BatchEnds: a_batch_that_ends_sessions fails a_batch_changes_nothing;
    BatchIsACopy: a_batch_that_is_of_a_copy fails a_batch_goes_by_the_source_if_asked, a_batch_agrees_with_single_looks;
    BatchTrims: a_batch_that_trims_names fails names_in_a_batch_are_any_text;
    SourceForgetsRevoked: a_source_that_forgets_revoked_tokens fails the_source_knows_revoked_tokens;
    SourceForgetsEnded: a_source_that_forgets_what_has_ended fails the_source_knows_what_has_ended,
        the_source_knows_revoked_and_spent_tokens;
    SourceIsACopy: a_source_that_is_a_copy_itself fails the_source_knows_every_session,
        the_source_knows_revoked_and_spent_tokens, a_session_is_over_at_its_idle_limit;
    RestartForgetsPrevious: a_restart_that_forgets_the_previous_token fails exchanges_survive_a_restart;
    RestartRevives: a_restart_that_revives fails exchanges_survive_a_restart, ends_survive_a_restart;
    RestartForgetsCutoffs: a_restart_that_forgets_cutoffs fails cutoffs_and_revocations_survive_a_restart;
    RestartForgetsGrace: a_restart_that_forgets_the_count fails uses_in_a_row_survive_a_restart;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_whole_suite_ends_with_the_name_of_a_check() {
    const WRONG: Opened = Opened(Some(Flaw::ReadsThenWrites));
    let said = verdict(run_all(&WRONG)).await;
    assert!(said.starts_with("one_of_many_exchanges_wins: "), "{said}");
}
