//! For libFuzzer: the header fields of a signed request.
#![no_main]

use kontor_federation::readers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| readers::signature_headers(bytes));
