//! Runs the suite on the in-memory store.

use jwt_conformance::Fixture;
use jwt_core::session::MemorySessions;

struct Memory;

impl Fixture for Memory {
    type Store = MemorySessions;

    async fn open(&self) -> MemorySessions {
        MemorySessions::new()
    }
}

jwt_conformance::conformance_tests!(Memory);
