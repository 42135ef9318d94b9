//! For libFuzzer: the answers of WebFinger servers.
#![no_main]

use kontor_federation::readers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| readers::webfinger(bytes));
