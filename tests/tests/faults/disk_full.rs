//! A database that cannot grow.

use jwt_tests::{Ask, FRAMEWORKS, Folder};
use sqlx::sqlite::SqliteJournalMode;
use tokio::runtime::Runtime;

use crate::application::{Tokens, application, at_once};
use crate::outage::count;
use crate::stores::{open, options};
use crate::table::{Counts, put_down};

/// More than one page of rows.
const SESSIONS: usize = 64;
/// The number of consecutive failed logins that show that the remaining pages are full.
const FULL: usize = 32;

#[test]
fn a_full_disk_is_an_error() {
    for framework in FRAMEWORKS {
        let folder = Folder::make();
        let runtime = Runtime::new().unwrap();
        let options = options(&folder.file("sessions.db"), SqliteJournalMode::Wal);
        let mut counts = Counts::default();

        let (pool, store) = runtime.block_on(open(options.clone()));
        let server = framework.serve(application(store));
        let before: Vec<_> = (0..SESSIONS).map(|_| Tokens::log_in(server.address())).collect();
        let (left, kept) = before.split_at(SESSIONS / 4);
        for tokens in left {
            assert_eq!(tokens.log_out().send(server.address()).status, 200);
        }
        drop(server);
        runtime.block_on(pool.close());

        // A limit below the file's current size means the current size.
        let (pool, store) = runtime.block_on(open(options.clone().pragma("max_page_count", "1")));
        let server = framework.serve(application(store));
        let address = server.address();

        let mut started = Vec::new();
        let mut refused = 0;
        while refused < FULL {
            let answer = Ask::new("POST", "/login").send(address);
            match Tokens::read(&answer) {
                Some(tokens) => {
                    (counts.sent, refused) = (counts.sent + 1, 0);
                    started.push(tokens);
                }
                None => {
                    count(&answer, &mut counts);
                    refused += 1;
                }
            }
        }

        // Either all sessions end or none, because there is not enough room for all.
        for answer in at_once(address, kept.iter().map(Tokens::log_out_everywhere).collect()) {
            count(&answer, &mut counts);
        }
        let mut is_good = |tokens: &Tokens| {
            counts.sent += 1;
            tokens.protected().send(address).status == 200
        };
        let mut lost_tokens = 0;
        for tokens in kept.iter().chain(&started) {
            lost_tokens += usize::from(!is_good(tokens));
        }

        // Single logouts may find room. The acknowledged ones have happened, and no others.
        let mut gone: Vec<_> = left.to_vec();
        let mut still_there = Vec::new();
        for tokens in kept {
            let answer = tokens.log_out().send(address);
            if answer.status == 200 {
                counts.sent += 1;
                gone.push(tokens.clone());
            } else {
                count(&answer, &mut counts);
                still_there.push(tokens.clone());
            }
        }
        assert!(!still_there.is_empty(), "some found no room");
        let exchanged: Vec<_> = started.iter().map(|tokens| tokens.exchange().send(address)).collect();
        for (tokens, answer) in started.iter().zip(&exchanged) {
            match Tokens::read(answer) {
                Some(renewed) => {
                    counts.sent += 1;
                    still_there.push(renewed);
                }
                None => {
                    count(answer, &mut counts);
                    still_there.push(tokens.clone());
                }
            }
        }
        drop(server);
        runtime.block_on(pool.close());

        let (pool, store) = runtime.block_on(open(options));
        let server = framework.serve(application(store));
        let mut status = |ask: Ask| {
            counts.sent += 1;
            server.ask(ask).status.as_u16()
        };
        let mut lost_log_outs = 0;
        for tokens in &gone {
            lost_log_outs += usize::from(status(tokens.protected()) != 401);
            lost_log_outs += usize::from(status(tokens.exchange()) != 401);
        }
        for tokens in &still_there {
            lost_tokens += usize::from(status(tokens.protected()) != 200);
            lost_tokens += usize::from(status(tokens.exchange()) != 200);
        }
        assert_eq!(status(Ask::new("POST", "/login")), 200, "there is room again");
        drop(server);
        runtime.block_on(pool.close());

        counts.add(Counts { lost_tokens, lost_log_outs, ..Counts::default() });
        put_down("disk full", "SQLite", framework.name, counts);
    }
}
