//! What every engine does: one suite, run on each of them, plain and sealed.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test says what is wrong by panicking"
)]

// By the name that the rest of the house knows it by.
extern crate countersign_store as store;

#[path = "contract/commit.rs"]
mod commit;
#[path = "contract/document.rs"]
mod document;
#[path = "contract/file.rs"]
mod file;
#[path = "contract/fixture.rs"]
mod fixture;
#[path = "contract/model.rs"]
mod model;
#[path = "contract/process.rs"]
mod process;
#[path = "contract/race.rs"]
mod race;
#[path = "contract/record.rs"]
mod record;
#[path = "contract/seal.rs"]
mod seal;
