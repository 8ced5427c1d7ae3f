//! Checks that share a store are not affected by data of other checks or of their own earlier runs.

use std::sync::{Arc, LazyLock};

use jwt_conformance::{Fixture, checks, run_revocation};

use crate::reference::Reference;

static STORE: LazyLock<Arc<Reference>> = LazyLock::new(|| Arc::new(Reference::new(None)));

struct Shared;

impl Fixture for Shared {
    type Store = Arc<Reference>;

    async fn open(&self) -> Arc<Reference> {
        Arc::clone(&STORE)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn checks_share_a_store_at_once_and_one_after_the_other() {
    for _ in 0..2 {
        tokio::join!(
            run_revocation(&Shared),
            checks::an_id_is_given_once(&Shared),
            checks::a_revoked_token_gives_nothing(&Shared),
            checks::any_other_token_ends_the_session(&Shared),
            checks::all_sessions_of_a_subject_end(&Shared),
            checks::sessions_are_cut_off_by_their_start(&Shared),
            checks::tokens_of_no_session_are_cut_off_by_their_second(&Shared),
            checks::a_cutoff_in_the_future_holds_until_then(&Shared),
            checks::a_cutoff_stays(&Shared),
            checks::live_sessions_are_listed_newest_first(&Shared),
            checks::nobody_else_ends(&Shared),
            checks::names_are_any_text(&Shared),
            checks::issuers_and_subjects_may_be_empty(&Shared),
            checks::names_are_not_joined(&Shared),
            checks::a_clock_set_back_revives_nothing(&Shared),
            checks::cutoffs_and_revocations_survive_a_restart(&Shared),
            checks::with_grace_all_exchanges_give_one_token(&Shared),
        );
    }
}
