//! For libFuzzer: HTML of posts and actors.
#![no_main]

use kontor_federation::readers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| readers::html(bytes));
