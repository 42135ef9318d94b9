//! For libFuzzer: addresses, hosts, handles and ids of keys.
#![no_main]

use kontor_federation::readers;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| readers::urls(bytes));
