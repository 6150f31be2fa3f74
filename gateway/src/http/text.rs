//! Text that must not get in: NUL characters, which PostgreSQL's jsonb cannot hold, and nesting that would exhaust the
//! parser's stack.

use std::convert::Infallible;

use async_graphql::parser::types::{Directive, ExecutableDocument, Field, Selection, SelectionSet};
use async_graphql::{Error, Positioned, Value, Variables};

use crate::graphql::error::{Code, bad_input, error};

/// Refuses a query whose text is too long.
pub(super) fn check_size(query: &str, max_bytes: usize) -> Result<(), Error> {
    if query.len() > max_bytes {
        return Err(error(
            Code::LimitExceeded,
            format!("a query may have at most {max_bytes} bytes; use variables"),
        ));
    }
    Ok(())
}

/// Refuses a query whose text nests too deep, or holds a NUL.
pub(super) fn check_query(query: &str, max_nesting: usize) -> Result<(), Error> {
    if query.contains('\0') {
        return Err(nul("query"));
    }
    match nesting(query) {
        Some(depth) if depth <= max_nesting => Ok(()),
        Some(_) => Err(error(
            Code::LimitExceeded,
            format!("a query may nest at most {max_nesting} levels"),
        )),
        None => Err(bad_input(
            "query",
            "is not valid GraphQL (a string does not end)",
        )),
    }
}

/// Refuses a NUL anywhere in the variables, by the path of the variable.
pub(super) fn check_variables(variables: &Variables) -> Result<(), Error> {
    variables
        .iter()
        .try_for_each(|(name, value)| check_value(value, &|| name.to_string()))
}

/// Refuses a NUL in the literals of a query, by the path of the argument.
pub(super) fn check_literals(document: &ExecutableDocument) -> Result<(), Error> {
    for (_, operation) in document.operations.iter() {
        check_directives(&operation.node.directives)?;
        for variable in &operation.node.variable_definitions {
            check_directives(&variable.node.directives)?;
            if let Some(value) = &variable.node.default_value {
                check_value(&value.node, &|| variable.node.name.node.to_string())?;
            }
        }
        check_set(&operation.node.selection_set.node)?;
    }
    for fragment in document.fragments.values() {
        check_directives(&fragment.node.directives)?;
        check_set(&fragment.node.selection_set.node)?;
    }
    Ok(())
}

fn check_set(set: &SelectionSet) -> Result<(), Error> {
    for selection in &set.items {
        check_directives(selection.node.directives())?;
        match &selection.node {
            Selection::Field(field) => check_field(&field.node)?,
            Selection::InlineFragment(fragment) => check_set(&fragment.node.selection_set.node)?,
            Selection::FragmentSpread(_) => {}
        }
    }
    Ok(())
}

fn check_field(field: &Field) -> Result<(), Error> {
    for (name, value) in &field.arguments {
        // Variables are checked where they are sent.
        let Ok(value) = value
            .node
            .clone()
            .into_const_with(|_| Ok::<_, Infallible>(Value::Null));
        check_value(&value, &|| name.node.to_string())?;
    }
    check_set(&field.selection_set.node)
}

fn check_directives(directives: &[Positioned<Directive>]) -> Result<(), Error> {
    for (name, value) in directives
        .iter()
        .flat_map(|directive| &directive.node.arguments)
    {
        let Ok(value) = value
            .node
            .clone()
            .into_const_with(|_| Ok::<_, Infallible>(Value::Null));
        check_value(&value, &|| name.node.to_string())?;
    }
    Ok(())
}

fn check_value(value: &Value, path: &dyn Fn() -> String) -> Result<(), Error> {
    match value {
        Value::String(text) => check_text(text, path),
        Value::List(items) => items
            .iter()
            .enumerate()
            .try_for_each(|(index, item)| check_value(item, &|| format!("{}.{index}", path()))),
        Value::Object(fields) => fields.iter().try_for_each(|(name, value)| {
            let path = || format!("{}.{name}", path());
            check_text(name, &path)?;
            check_value(value, &path)
        }),
        Value::Null | Value::Number(_) | Value::Boolean(_) | Value::Binary(_) | Value::Enum(_) => {
            Ok(())
        }
    }
}

fn check_text(text: &str, path: &dyn Fn() -> String) -> Result<(), Error> {
    if text.contains('\0') {
        Err(nul(&path()))
    } else {
        Ok(())
    }
}

fn nul(field: &str) -> Error {
    let field: String = field
        .chars()
        .filter(|c| !c.is_control())
        .take(100)
        .collect();
    bad_input(&field, "must not hold a NUL character")
}

/// How deep braces, brackets and parentheses nest outside strings and comments; None where a string does not end.
fn nesting(query: &str) -> Option<usize> {
    let mut rest = query;
    let (mut depth, mut deepest) = (0_usize, 0_usize);
    while let Some(at) = rest.find(['{', '[', '(', '}', ']', ')', '"', '#']) {
        let after = &rest[at + 1..];
        rest = match rest.as_bytes()[at] {
            b'{' | b'[' | b'(' => {
                depth += 1;
                deepest = deepest.max(depth);
                after
            }
            b'}' | b']' | b')' => {
                depth = depth.saturating_sub(1);
                after
            }
            b'#' => after.find(['\n', '\r']).map_or("", |end| &after[end..]),
            _ => match after.strip_prefix("\"\"") {
                Some(block) => after_block_string(block)?,
                None => after_string(after)?,
            },
        };
    }
    Some(deepest)
}

fn after_string(text: &str) -> Option<&str> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\n' | '\r' => return None,
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => return Some(&text[at + 1..]),
            _ => {}
        }
    }
    None
}

fn after_block_string(mut text: &str) -> Option<&str> {
    loop {
        let end = text.find("\"\"\"")?;
        let escaped = text[..end].ends_with('\\');
        text = &text[end + 3..];
        if !escaped {
            return Some(text);
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::panic)] // A failed unwrap is a failed test.

    use super::*;

    #[test]
    fn nesting_is_of_brackets_outside_strings_and_comments() {
        assert_eq!(nesting("{ a(b: [1]) }"), Some(3));
        assert_eq!(nesting(r#"{ a(b: "[[[[ \" [[[") }"#), Some(2));
        assert_eq!(nesting("{ a # [[[[[\n }"), Some(1));
        assert_eq!(nesting("# ]]]\r{{"), Some(2));
        assert_eq!(nesting(r#"{ a(b: """ [[ \""" [[ """) [[ }"#), Some(3));
        assert_eq!(nesting(r#"{ a(b: "") }"#), Some(2));
    }

    #[test]
    fn a_string_that_does_not_end_hides_nothing() {
        assert_eq!(nesting("\"\"\" x\" [[[["), None);
        assert_eq!(nesting("\" [[[[ \n [[["), None);
        assert_eq!(nesting("\"\\"), None);
    }

    #[test]
    fn nul_is_refused_by_the_path_of_its_field() {
        let variables =
            Variables::from_json(serde_json::json!({"input": {"lines": [{"text": "a\u{0}b"}]}}));
        assert_eq!(
            check_variables(&variables).unwrap_err().message,
            "input.lines.0.text: must not hold a NUL character"
        );
        let query =
            async_graphql::parser::parse_query(r#"{ a(input: {lines: [{text: "a\u0000"}]}) }"#)
                .unwrap();
        assert_eq!(
            check_literals(&query).unwrap_err().message,
            "input.lines.0.text: must not hold a NUL character"
        );
        assert!(
            check_query("{ a(b: \"\0\") }", 10)
                .unwrap_err()
                .message
                .starts_with("query: ")
        );
    }
}
