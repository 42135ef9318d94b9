//! One layer of settings over another. The layer below says which keys there are and of what type.

use std::fmt;

use toml::{Table, Value};

pub(super) const PREFIX: &str = "KONTOR__";

/// What is wrong with the configuration; names the key.
#[derive(Debug)]
pub struct Error(pub String);

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "configuration: {}", self.0)
    }
}

impl std::error::Error for Error {}

/// Puts `above` over `below`. A key that `below` does not have, or has with another type, is an error; tables in `free` take
/// any key.
pub(super) fn overlay(
    below: &mut Table,
    above: Table,
    path: &str,
    free: &[&str],
) -> Result<(), Error> {
    for (key, value) in above {
        let name = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        let Some(slot) = below.get_mut(&key) else {
            return Err(Error(format!("`{name}` is not a setting")));
        };
        match (slot, value) {
            (Value::Table(inner), Value::Table(value)) if !free.contains(&name.as_str()) => {
                overlay(inner, value, &name, free)?;
            }
            (slot, value) if slot.same_type(&value) => *slot = value,
            (slot, value) => {
                let (wants, has) = (slot.type_str(), value.type_str());
                return Err(Error(format!("`{name}` must be {wants}, not {has}")));
            }
        }
    }
    Ok(())
}

/// Sets what an environment variable names: `KONTOR__SECTION__KEY`, or `KONTOR__SECTION__TABLE__KEY`, read by the type that the key has.
pub(super) fn set(table: &mut Table, name: &str, text: &str, free: &[&str]) -> Result<(), Error> {
    let unknown = || Error(format!("{name} names no setting"));
    let path: Vec<String> = name
        .strip_prefix(PREFIX)
        .ok_or_else(unknown)?
        .split("__")
        .map(str::to_lowercase)
        .collect();
    let (key, sections) = path.split_last().ok_or_else(unknown)?;
    if sections.is_empty() {
        return Err(unknown());
    }
    let mut inner = &*table;
    for section in sections {
        let Some(Value::Table(below)) = inner.get(section) else {
            return Err(unknown());
        };
        inner = below;
    }
    let slot = inner.get(key).ok_or_else(unknown)?;
    let value = match slot {
        Value::String(_) => Value::String(text.to_owned()),
        // Lists, numbers and the like are written as in the file.
        _ => format!("value = {text}")
            .parse::<Table>()
            .ok()
            .and_then(|mut parsed| parsed.remove("value"))
            .ok_or_else(|| Error(format!("{name} must be {}", slot.type_str())))?,
    };
    let above = path.iter().rev().fold(value, |value, part| {
        Value::Table(Table::from_iter([(part.clone(), value)]))
    });
    let Value::Table(above) = above else {
        return Err(unknown());
    };
    overlay(table, above, "", free).map_err(|why| Error(format!("{name}: {}", why.0)))
}
