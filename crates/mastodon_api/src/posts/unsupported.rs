//! What a client may ask of a post that this server cannot do yet. It is refused by name: a post without what its author asked
//! for, or before more eyes, would be worse than none.

use serde::Deserialize;
use serde_json::Value;

use crate::{Error, Result};

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Unsupported {
    local_only: Option<Value>,
}

impl Unsupported {
    pub(super) fn check(&self) -> Result<()> {
        let asked = [("local_only", given(self.local_only.as_ref()))];
        match asked.iter().find(|(_, given)| *given) {
            Some((field, _)) => Err(Error::unsupported(field)),
            None => Ok(()),
        }
    }
}

/// Clients send empty ones with every post.
fn given(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null | Value::Bool(false)) => false,
        Some(Value::String(text)) => !matches!(text.trim(), "" | "false" | "off" | "0"),
        Some(Value::Array(list)) => list.iter().any(|value| given(Some(value))),
        Some(Value::Object(map)) => map.values().any(|value| given(Some(value))),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        Some(Value::Bool(true)) => true,
    }
}
