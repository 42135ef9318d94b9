//! What a run is made on: its figures say little without it.

use std::fs;

use crate::postgres;

/// Once, before anything is measured.
pub fn print(database: &str) {
    let processors = read("/proc/cpuinfo");
    let count = fields(&processors, "processor").count();
    let model = fields(&processors, "model name").next();
    let memory: f64 = fields(&read("/proc/meminfo"), "MemTotal")
        .next()
        .and_then(|text| text.split_whitespace().next()?.parse().ok())
        .unwrap();
    println!(
        "machine: {count} processors ({}), {:.1} GiB of memory, Linux {}",
        model.unwrap_or("of a model that is not named"),
        memory / 1024.0 / 1024.0,
        read("/proc/sys/kernel/osrelease").trim()
    );
    if database == "postgres" {
        println!("PostgreSQL {}", postgres::version());
    }
}

fn read(path: &str) -> String {
    fs::read_to_string(path).unwrap_or_else(|why| panic!("{path}: {why}"))
}

/// Of lines `name : value`, the values of this name.
fn fields<'a>(text: &'a str, name: &'a str) -> impl Iterator<Item = &'a str> {
    text.lines()
        .filter_map(|line| line.split_once(':'))
        .filter(move |(found, _)| found.trim() == name)
        .map(|(_, value)| value.trim())
}
