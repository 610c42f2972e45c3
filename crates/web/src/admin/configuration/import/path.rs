//! The value at the path of a field, such as `configuration.tables[0].rows[2].fields[1].value`.
//!
//! Names in maps may have dots in them, so a path is followed by the names that there are.

use serde_json::Value;

/// The value at a path.
pub(super) fn value_at<'v>(value: &'v Value, path: &str) -> Option<&'v Value> {
    let steps = steps(value, path)?;
    value.pointer(&pointer(&steps))
}

/// The value at a path, to be changed.
pub(super) fn value_at_mut<'v>(value: &'v mut Value, path: &str) -> Option<&'v mut Value> {
    let steps = steps(value, path)?;
    value.pointer_mut(&pointer(&steps))
}

/// Takes out the value at a path.
pub(super) fn removed(value: &mut Value, path: &str) -> Option<Value> {
    let mut steps = steps(value, path)?;
    let last = steps.pop()?;
    match value.pointer_mut(&pointer(&steps))? {
        Value::Object(members) => members.remove(&last),
        Value::Array(elements) => {
            let position = last.parse::<usize>().ok();
            let position = position.filter(|position| *position < elements.len())?;
            Some(elements.remove(position))
        }
        _ => None,
    }
}

/// The names and positions that a path goes by.
fn steps(value: &Value, path: &str) -> Option<Vec<String>> {
    let path = path.strip_prefix('.').unwrap_or(path);
    if path.is_empty() {
        return Some(Vec::new());
    }
    match value {
        Value::Array(elements) => {
            let (position, rest) = path.strip_prefix('[')?.split_once(']')?;
            let next = elements.get(position.parse::<usize>().ok()?)?;
            followed(next, position, rest)
        }
        Value::Object(members) => {
            let fitting = members.iter().filter_map(|(name, next)| {
                let rest = path.strip_prefix(name.as_str())?;
                let ends = rest.is_empty() || rest.starts_with(['.', '[']);
                ends.then_some((next, name, rest))
            });
            let mut found = fitting.filter_map(|(next, name, rest)| followed(next, name, rest));
            found.next()
        }
        _ => None,
    }
}

fn followed(next: &Value, step: &str, rest: &str) -> Option<Vec<String>> {
    let mut all = vec![step.to_owned()];
    all.extend(steps(next, rest)?);
    Some(all)
}

/// RFC 6901
fn pointer(steps: &[String]) -> String {
    let escaped = steps
        .iter()
        .map(|it| it.replace('~', "~0").replace('/', "~1"));
    escaped.fold(String::new(), |all, step| all + "/" + &step)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn paths_lead_through_lists_and_names_with_dots_and_slashes() {
        let mut value = json!({
            "map": { "policy.action": { "source": 1 }, "policy": { "x": 2 }, "a/b~c": [3] },
            "rows": [[{ "f": 4 }], 5],
        });
        for (path, expected) in [
            ("map.policy.action.source", json!(1)),
            ("map.policy.x", json!(2)),
            ("map.a/b~c[0]", json!(3)),
            ("rows[0][0].f", json!(4)),
            ("rows[1]", json!(5)),
        ] {
            assert_eq!(value_at(&value, path), Some(&expected), "{path}");
            assert_eq!(removed(&mut value, path), Some(expected), "{path}");
        }
        for path in [
            "",
            "map.nothing",
            "rows[1]",
            "rows[x]",
            "rows[0][0].f",
            "rows.0",
        ] {
            assert_eq!(removed(&mut value, path), None, "{path}");
        }
        assert_eq!(value["rows"], json!([[{}]]));
        *value_at_mut(&mut value, "rows[0][0]").unwrap() = json!(6);
        assert_eq!(value["rows"], json!([[6]]));
    }
}
