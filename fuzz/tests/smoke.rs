//! The short pass: a test for each target, so that they share the cores and a finding has a name.

use std::path::Path;

use countersign_fuzz::{TARGETS, Target, smoke};

/// How many mutations are tried of a target: the whole takes a few seconds.
const MUTATIONS: usize = 2_000;

fn holds(name: &str) {
    let target = Target::named(name).expect("there is such a target");
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("found");
    smoke::run(&target, &found, MUTATIONS);
}

macro_rules! targets {
    ($($name:ident)+) => {
        $(#[test] fn $name() { holds(stringify!($name)); })+

        #[test]
        fn no_target_is_left_out() {
            let named = [$(stringify!($name)),+];
            assert!(TARGETS.iter().map(|target| target.name).eq(named));
        }
    };
}

targets! {
    jws jws_signed jwe jwk json parameters ppm client_secret client_assertion dpop redirect_uri authorize
    request_object authorization_details certificate admin door record sealed config webauthn
}
