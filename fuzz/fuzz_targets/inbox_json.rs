//! For libFuzzer: what comes to an inbox, or is fetched.
#![no_main]

use kontor_federation::readers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| readers::inbox_json(bytes));
