//! A database that cannot grow.

use jwt_tests::{Ask, FRAMEWORKS, Folder};
use sqlx::sqlite::{SqliteJournalMode, SqlitePool};
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

        let is_good = |tokens: &Tokens, counts: &mut Counts| {
            counts.sent += 1;
            tokens.protected().send(address).status == 200
        };
        let mut lost_tokens = 0;
        for tokens in kept.iter().chain(&started) {
            lost_tokens += usize::from(!is_good(tokens, &mut counts));
        }

        // A change of a row may find room in its page. The acknowledged ones have happened, and no others.
        let (mut gone, mut still_there) = (left.to_vec(), Vec::new());
        let (first, second) = kept.split_at(kept.len() / 2);
        for tokens in first {
            let answer = tokens.log_out().send(address);
            if answer.status == 200 {
                counts.sent += 1;
                gone.push(tokens.clone());
            } else {
                count(&answer, &mut counts);
                still_there.push(tokens.clone());
            }
        }
        for tokens in &started {
            let answer = tokens.exchange().send(address);
            match Tokens::read(&answer) {
                Some(renewed) => {
                    counts.sent += 1;
                    still_there.push(renewed);
                }
                None => {
                    count(&answer, &mut counts);
                    still_there.push(tokens.clone());
                }
            }
        }

        // Without any room, nothing changes, and no cookie is removed.
        runtime.block_on(fill(&pool));
        still_there.extend_from_slice(second);
        // A second exchange does not lengthen the row of its session, so it would succeed.
        let exchanges = second.iter().map(Tokens::exchange);
        let log_outs = still_there.iter().flat_map(|tokens| [tokens.log_out(), tokens.log_out_everywhere()]);
        for answer in at_once(address, exchanges.chain(log_outs).collect()) {
            assert_eq!(answer.status, 503, "{}", answer.text());
            count(&answer, &mut counts);
        }
        for tokens in &still_there {
            lost_tokens += usize::from(!is_good(tokens, &mut counts));
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

/// Lengthens the labels of the sessions until no page has room for another byte.
async fn fill(pool: &SqlitePool) {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM jwt_sessions").fetch_all(pool).await.unwrap();
    for bytes in [64, 8, 1] {
        for id in &ids {
            let longer = || {
                let padding = "x".repeat(bytes);
                let statement = "UPDATE jwt_sessions SET label = label || $1 WHERE id = $2";
                sqlx::query(statement).bind(padding).bind(id).execute(pool)
            };
            while let Ok(done) = longer().await {
                assert_eq!(done.rows_affected(), 1);
            }
        }
    }
}
