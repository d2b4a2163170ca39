//! Whether a document is as its published schema says: the part of JSON Schema that `docs/schema` uses, and a word that is not
//! understood is an error. It is stricter than the standard in one thing: a key that the schema does not name is an offence too, so that
//! nothing is written that is not told.

use std::fs;

use serde_json::Value;

use super::root;

/// What is wrong with a document, each with its place; nothing where it is as `docs/schema/NAME.json` says.
pub(crate) fn offences(name: &str, document: &Value) -> Vec<String> {
    let path = root().join(format!("docs/schema/{name}.json"));
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let mut offences = Vec::new();
    Check { whole: &schema, offences: &mut offences }.value(&schema, document, name);
    offences
}

struct Check<'a> {
    whole: &'a Value,
    offences: &'a mut Vec<String>,
}

impl Check<'_> {
    fn value(&mut self, schema: &Value, value: &Value, place: &str) {
        for (word, says) in schema.as_object().expect("a schema is an object") {
            let holds = match word.as_str() {
                "$schema" | "$defs" | "title" | "description" => true,
                "$ref" => {
                    let name =
                        says.as_str().and_then(|path| path.strip_prefix("#/$defs/")).expect("it leads to a definition");
                    self.value(&self.whole["$defs"][name], value, place);
                    true
                }
                "const" => says == value,
                "enum" => says.as_array().unwrap().contains(value),
                "type" => match says {
                    Value::Array(types) => types.iter().any(|kind| is_of(value, kind.as_str().unwrap())),
                    kind => is_of(value, kind.as_str().unwrap()),
                },
                "minimum" => value.as_f64().is_none_or(|number| number >= says.as_f64().unwrap()),
                "maximum" => value.as_f64().is_none_or(|number| number <= says.as_f64().unwrap()),
                "required" => {
                    let missing = |key: &&Value| value.is_object() && value.get(key.as_str().unwrap()).is_none();
                    says.as_array().unwrap().iter().find(missing).is_none()
                }
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.value(says, item, &format!("{place}[{index}]"));
                    }
                    true
                }
                "properties" | "additionalProperties" => {
                    self.keys(schema, value, place, word);
                    true
                }
                _ => panic!("{word:?} is not understood"),
            };
            if !holds {
                self.offences.push(format!("{place}: {word} {says} does not hold for {value}"));
            }
        }
    }

    /// Looks at the keys that are named, or at the others.
    fn keys(&mut self, schema: &Value, value: &Value, place: &str, word: &str) {
        for (key, item) in value.as_object().into_iter().flatten() {
            let place = format!("{place}.{key}");
            match (schema["properties"].get(key), schema.get("additionalProperties")) {
                (Some(named), _) if word == "properties" => self.value(named, item, &place),
                (None, Some(other)) if word == "additionalProperties" => self.value(other, item, &place),
                (None, None) => self.offences.push(format!("{place}: the schema does not name it")),
                _ => {}
            }
        }
    }
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.is_u64() || value.is_i64(),
        _ => panic!("{kind:?} is no type"),
    }
}
