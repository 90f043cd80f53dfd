//! `$NAME`, `${NAME}`, `${NAME:-other}` and `${NAME:+other}`.

/// A text with its variables replaced by what `value` knows; what it does not know is empty, as
/// in Docker. `\$` is a dollar and `\\` a backslash. Returns whether all were known.
pub fn expand(text: &str, value: &dyn Fn(&str) -> Option<String>) -> (String, bool) {
    let mut out = String::new();
    let mut known = true;
    let mut rest = text;
    while let Some(at) = rest.find(['$', '\\']) {
        out.push_str(&rest[..at]);
        let here = &rest[at..];
        rest = &here[1..];
        if here.starts_with('\\') {
            let c = rest.chars().next();
            match c {
                Some(c @ ('$' | '\\')) => {
                    out.push(c);
                    rest = &rest[1..];
                }
                _ => out.push('\\'),
            }
            continue;
        }
        if let Some(braced) = rest.strip_prefix('{')
            && let Some(end) = closing(braced)
        {
            let inner = &braced[..end];
            rest = &braced[end + 1..];
            let length = name_length(inner);
            let (name, modifier) = inner.split_at(length);
            let set = value(name);
            let colon = modifier.starts_with(':');
            let there = set.clone().filter(|set| !(colon && set.is_empty()));
            let modifier = modifier.strip_prefix(':').unwrap_or(modifier);
            let (text, fine) = match (modifier.chars().next(), there) {
                (None, _) => (set.clone().unwrap_or_default(), set.is_some()),
                (Some('-'), Some(set)) => (set, true),
                (Some('-'), None) | (Some('+'), Some(_)) => expand(&modifier[1..], value),
                (Some('+'), None) => (String::new(), true),
                _ => (set.unwrap_or_default(), false),
            };
            out.push_str(&text);
            known &= fine;
            continue;
        }
        let length = name_length(rest);
        if length == 0 {
            out.push('$');
            continue;
        }
        let set = value(&rest[..length]);
        known &= set.is_some();
        out.push_str(&set.unwrap_or_default());
        rest = &rest[length..];
    }
    out.push_str(rest);
    (out, known)
}

fn name_length(text: &str) -> usize {
    let letter = |c: char| c.is_ascii_alphanumeric() || c == '_';
    match text.starts_with(|c: char| c.is_ascii_digit()) {
        true => 0,
        false => text.find(|c| !letter(c)).unwrap_or(text.len()),
    }
}

/// Where the brace that is open here is closed.
fn closing(text: &str) -> Option<usize> {
    let mut depth = 1;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Some(at);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::expand;

    #[test]
    fn variables_are_replaced_as_docker_does() {
        let value = |name: &str| match name {
            "A" => Some("a".to_owned()),
            "E" => Some(String::new()),
            _ => None,
        };
        for (text, expanded, known) in [
            ("$A/${A}b", "a/ab", true),
            ("${X:-d}${E:-e}${E-f}${A:-g}", "dea", true),
            ("${A:+y}${X:+z}", "y", true),
            ("${X:-${A}}", "a", true),
            ("\\$A \\\\ \\n $", "$A \\ \\n $", true),
            ("a$X", "a", false),
        ] {
            assert_eq!(expand(text, &value), (expanded.to_owned(), known), "{text}");
        }
    }
}
